import type { RotationState, SecretStatus } from '@onceover/broker';
import { z } from 'zod';

const time = z.string().nullable().describe('RFC 3339, UTC');

export const rotationSchema = z.object({
  id: z.string(),
  secret: z.string(),
  version: z.number().int(),
  replaces: z.number().int().nullable(),
  issuer: z.enum(['runtime', 'vendor', 'person']),
  reason: z.enum(['asked', 'age', 'compromised']),
  askedBy: z.string(),
  step: z
    .enum(['create', 'set', 'test', 'finish', 'revoke'])
    .nullable()
    .describe('What is done next; null: it is over'),
  waitingFor: z.enum(['person', 'delivery', 'overlap']).nullable(),
  page: z.string().nullable().describe('Where a person gets the new secret'),
  steps: z.array(z.string()),
  dueAt: time,
  revokeAt: time.describe('Until then the old secret holds beside the new one'),
  lastFailure: z.string().nullable(),
  startedAt: z.string(),
  endedAt: time,
  outcome: z.enum(['rotated', 'failed']).nullable(),
  proven: z.boolean().nullable().describe('A use of the old secret has failed'),
  detail: z.string().nullable(),
});
export type ShownRotation = z.output<typeof rotationSchema>;

export const secretStateSchema = z.enum([
  'missing',
  'ok',
  'rotating',
  'waiting',
  'overlap',
  'rotation_overdue',
]);

export const secretSchema = z.object({
  secret: z.string(),
  uses: z.array(z.enum(['oauth', 'webhook', 'api'])),
  issuer: z.enum(['runtime', 'vendor', 'person']),
  version: z.number().int().nullable(),
  ageDays: z.number().int().nullable(),
  maxAgeDays: z.number().int(),
  state: secretStateSchema,
  rotation: rotationSchema.nullable(),
});
export type ShownSecret = z.output<typeof secretSchema>;

export const registrationSchema = z.looseObject({
  id: z.string(),
  connector: z.string(),
  clientId: z.string().nullable(),
  appId: z.string().nullable(),
  managedBy: z.string(),
  secrets: z.array(secretSchema),
});

export const rotatedGrantSchema = z.object({
  connection: z.string(),
  version: z.number().int().describe('The token set in use now'),
  earlierGrants: z.number().int().describe('Earlier authorisations whose end at the vendor was never proven'),
});

export const reconciledSchema = z.object({
  items: z.array(
    z.object({
      holder: z.string(),
      secret: z.string(),
      isListed: z.boolean().describe('False: the connector cannot list the vendor’s secrets'),
      found: z.number().int(),
      revoked: z.array(z.object({ vendorSecretId: z.string() })),
      left: z.array(z.object({ vendorSecretId: z.string(), why: z.string() })),
      foreign: z.number().int().describe('Not made by a rotation: nobody touches them'),
    }),
  ),
});

export const rotateBodySchema = z.strictObject({
  secret: z.string().max(64).optional(),
  compromised: z.boolean().optional().describe('Others know the secret in use: no overlap'),
  value: z.string().max(4096).optional().describe('The new secret, where a person issues it'),
  cancel: z.literal(true).optional().describe('Ends the rotation under way; the secret in use stays'),
});

export const addSecretBodySchema = z.strictObject({
  secret: z.string().max(64).optional(),
  value: z.string().max(4096),
});

export function shownRotation(rotation: RotationState): ShownRotation {
  const { dueAt, revokeAt, startedAt, endedAt, steps, ...rest } = rotation;
  return {
    ...rest,
    steps: [...steps],
    dueAt: dueAt?.toISOString() ?? null,
    revokeAt: revokeAt?.toISOString() ?? null,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  };
}

export function shownSecret({ rotation, uses, ...secret }: SecretStatus): ShownSecret {
  return { ...secret, uses: [...uses], rotation: rotation === null ? null : shownRotation(rotation) };
}

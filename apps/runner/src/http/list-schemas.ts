import { z } from 'zod';
import { secretStateSchema } from './rotation-schemas.ts';

/**
 * The items of the lists, as INTERFACES.md and the OpenAPI description promise them. Loose: what a later version
 * adds is shown, too.
 */

const time = z.string().describe('RFC 3339, UTC');
const anyJson = z.unknown().describe('Any JSON');

export const eventSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string().optional(),
  time,
  data: anyJson,
  echo: z.boolean().describe('Caused by a write of our own'),
  recordedAt: time,
});

export const eventTypeSchema = z.looseObject({
  name: z.string(),
  version: z.number().int(),
  type: z.string().describe('name + `.v` + version: the CloudEvents type'),
  summary: z.string(),
  schema: anyJson.describe('JSON Schema of the data'),
  example: anyJson.describe('Valid data'),
});

export const flowSchema = z.looseObject({
  id: z.string(),
  version: z.number().int(),
  tenant: z.string(),
  on: z.string(),
  owner: z.string(),
  tier: z.string(),
  runbook: z.string(),
  steps: z.array(z.looseObject({ id: z.string(), kind: z.string() })),
});

export const laneSchema = z.looseObject({
  id: z.string(),
  flow: z.string(),
  key: z.string(),
  pending: z.number().int(),
  waitingFor: z.string().nullable(),
  isRunning: z.boolean(),
  readyAt: time.nullable(),
});

export const quarantinedSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  code: z.string(),
  detail: z.string(),
  path: z.string().nullable(),
  value: anyJson,
  status: z.string(),
  createdAt: time,
});

export const connectionSchema = z.looseObject({
  id: z.string(),
  connector: z.string(),
  registration: z.string().nullable(),
  account: z.string().nullable(),
  owner: z.string(),
  identity: z.string().nullable(),
  identityException: z.string().nullable().describe('Why a shared mailbox may be the identity'),
  managedBy: z.string(),
  createdAt: time,
  status: z
    .enum(['not_connected', 'configured', 'authorized', 'needs_reauthorization', 'revoked'])
    .describe('`configured`: a config gives its credential'),
  reason: z.string().nullable().describe('Why it is not authorised, or the token endpoint’s last trouble'),
  scopes: z.object({
    granted: z.array(z.string()).nullable().describe('Null: the vendor does not tell'),
    missing: z
      .array(z.object({ scope: z.string(), operations: z.array(z.string()) }))
      .describe('Declared and not granted, with the operations that need it'),
    excess: z.array(z.string()).describe('Granted and not declared'),
  }),
  authorizedBy: z.string().nullable(),
  authorizedAt: time.nullable(),
  accessExpiresAt: time.nullable(),
  heldBack: z
    .object({ until: time, reason: z.string().describe('What the vendor answered, or `breaker`') })
    .nullable()
    .describe('While none of its calls goes out'),
  secrets: z
    .array(z.object({ secret: z.string(), state: secretStateSchema }))
    .optional()
    .describe('Its own, and how they stand'),
});

export const connectorSchema = z.looseObject({
  id: z.string(),
  title: z.string(),
  version: z.string(),
  domain: z.string(),
  isolation: z.enum(['strict', 'permission', 'inline']),
  state: z.enum(['released', 'held']).describe('Held: it may do more than the version in use'),
  source: z
    .enum(['workspace', 'folder', 'installed'])
    .describe('Installed: from a package, as onceover.lock names it'),
  integrity: z
    .string()
    .describe(
      'Hex SHA-256 of the built files; `sha512-` and base64 of all that was installed, dependencies included',
    ),
  egress: z.array(z.string()),
  scopes: z.array(z.string()),
  operations: z.array(z.looseObject({ name: z.string(), kind: z.string(), impact: z.string() })),
  triggers: z.array(z.looseObject({ name: z.string(), kind: z.string(), events: z.array(z.string()) })),
});

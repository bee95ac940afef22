import { z } from 'zod';

/** The shape of onceover.config.ts: plain data, strict. */

const idSchema = z.string().regex(/^[a-z0-9-]{1,64}$/, 'must match [a-z0-9-]{1,64}');
const secretsSchema = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(5)]);
const originSchema = z.url({ protocol: /^https?$/ });

export const registrationConfigSchema = z.strictObject({
  id: idSchema,
  connector: idSchema,
  clientId: z.string().min(1),
  clientSecret: z.string().min(1).optional(),
  appId: z.string().min(1).optional(),
  webhookSecret: secretsSchema.optional(),
  origin: originSchema.optional(),
});

export const connectionConfigSchema = z.strictObject({
  id: idSchema,
  connector: idSchema,
  tenant: idSchema.default('default'),
  registration: idSchema.optional(),
  account: z.string().min(1).optional(),
  variables: z.record(z.string(), z.string()).optional(),
  owner: z.string().min(1),
  identity: z.string().min(1).optional(),
  identityException: z.strictObject({ reason: z.string().min(10) }).optional(),
  version: z.string().min(1).optional(),
  origin: originSchema.optional(),
  credentials: z.strictObject({ accessToken: z.string().min(1) }).optional(),
  webhookSecret: secretsSchema.optional(),
  rateLimits: z.strictObject({ scale: z.number().positive().max(1000) }).optional(),
});

export const configSchema = z.strictObject({
  connectors: z.array(z.string().min(1)).default([]),
  automations: z.array(z.string().min(1)).default([]),
  registrations: z.array(registrationConfigSchema).default([]),
  connections: z.array(connectionConfigSchema).default([]),
  alerts: z.strictObject({ channels: z.array(z.json()).default([]) }).optional(),
});

export type RunnerConfig = z.infer<typeof configSchema>;

/** The known names at each level, for the nearest-name hint. */
export const knownNames = [
  ...Object.keys(configSchema.shape),
  ...Object.keys(registrationConfigSchema.shape),
  ...Object.keys(connectionConfigSchema.shape),
  'accessToken',
  'scale',
  'reason',
  'channels',
];

import {
  type ConnectorCallback,
  type ConnectorReply,
  type ErrorData,
  type JsonValue,
  recordOutcomeSchema,
  UpstreamError,
  ValidationError,
} from '@onceover/contract';
import { z } from 'zod';
import { decodeMessage } from './codec.ts';

/** The messages that come out of a host, held to their shape: the code in it may send anything. */

// A message has been through the codec: whatever is in it is JSON.
const json = z.custom<JsonValue>((value) => value !== undefined);
const text = z.string().max(64 * 1024);

const errorSchema = z.object({
  class: z.string().max(64),
  code: z.string().max(128),
  message: text,
  logMessage: text,
  retry: z.union([z.enum(['never', 'later']), z.strictObject({ afterMs: z.number().nonnegative() })]),
  path: text.optional(),
  status: z.number().int().optional(),
  required: z.array(z.string()).optional(),
  granted: z.array(z.string()).optional(),
});

const replySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manifest'), manifest: json }),
  z.strictObject({ kind: z.literal('read'), output: json }),
  z.strictObject({ kind: z.literal('written'), outcomes: z.array(recordOutcomeSchema) }),
  z.strictObject({ kind: z.literal('looked-up'), vendorIds: z.array(z.string().min(1).nullable()) }),
  z.strictObject({
    kind: z.literal('rotated'),
    vendorSecretId: z.string().min(1).max(256).optional(),
    principal: z.string().min(1).max(256).optional(),
    scopes: z.array(z.string().max(256)).max(500).optional(),
    secrets: z
      .array(
        z.strictObject({
          vendorSecretId: z.string().min(1).max(256),
          reference: z.string().max(256).optional(),
          createdAt: z.string().max(64).optional(),
        }),
      )
      .max(1000)
      .optional(),
  }),
  z.strictObject({
    kind: z.literal('normalized'),
    items: z.array(
      z.union([
        z.strictObject({
          events: z.array(
            z.strictObject({ type: z.string().max(256), data: json, time: z.string().max(64).optional() }),
          ),
        }),
        z.strictObject({ error: errorSchema }),
      ]),
    ),
  }),
  z.strictObject({ kind: z.literal('error'), error: errorSchema }),
]);

const callbackSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    request: z.strictObject({
      method: z.string().max(16),
      path: z.string().max(8192),
      query: z.string().max(32 * 1024),
      headers: z.record(z.string(), z.string()),
      contentType: z.string().max(256).optional(),
      body: z.string().optional(),
      place: z.string().startsWith('/').max(256).optional(),
    }),
  }),
  z.strictObject({
    kind: z.literal('links-find'),
    resource: z.string().min(1).max(128),
    keys: z.array(z.string().max(1024)).max(1000),
  }),
  z.strictObject({
    kind: z.literal('links-forget'),
    resource: z.string().min(1).max(128),
    key: z.string().max(1024),
  }),
]);

/** @throws {UpstreamError} `host_reply` */
export function parseReply(message: JsonValue): ConnectorReply {
  const parsed = replySchema.safeParse(message);
  if (parsed.success) return parsed.data as ConnectorReply; // The same shape, but for `undefined` in optional fields.
  throw new UpstreamError(`The connector's reply has a wrong shape: ${z.prettifyError(parsed.error)}`, {
    code: 'host_reply',
    retry: 'never',
  });
}

/** @throws {ValidationError} `host_callback` */
export function parseCallback(message: JsonValue): ConnectorCallback {
  const parsed = callbackSchema.safeParse(message);
  if (parsed.success) return parsed.data as ConnectorCallback; // As above.
  throw new ValidationError(`The connector asked for what is no call: ${z.prettifyError(parsed.error)}`, {
    code: 'host_callback',
  });
}

/** An error that a process reports about itself. @throws {ValidationError} `host_message` when it is none */
export function parseErrorData(text: string): ErrorData {
  const parsed = errorSchema.safeParse(decodeMessage(text));
  if (parsed.success) return parsed.data as ErrorData; // As above.
  throw new ValidationError('The host process reported what is no error', { code: 'host_message' });
}

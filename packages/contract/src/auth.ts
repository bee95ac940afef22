import { z } from 'zod';

/** Authorisation facts of a vendor, as data. */

export const secretFactSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-zA-Z0-9]*$/),
  /** Whose secret it is: one connection's, or our registration's at the vendor. */
  per: z.enum(['connection', 'registration']),
  uses: z.array(z.enum(['oauth', 'webhook', 'api'])).min(1),
  /** Who can issue a new one: we, the vendor through an API, or a person in the vendor's page. */
  issuer: z.enum(['runtime', 'vendor', 'person']),
  /** How long old and new hold side by side at the vendor. */
  overlap: z.strictObject({ mode: z.enum(['dual', 'cutover']), seconds: z.number().int().nonnegative() }),
  /** The age at which a rotation is due; 90 days unless said. */
  maxAgeDays: z.number().int().positive().optional(),
  /** For `person`: where, and what to do there. */
  page: z.url().optional(),
  steps: z.array(z.string().min(1)).optional(),
  source: z.url(),
  /** False where the fact has not been confirmed in the vendor's own documents. */
  verified: z.boolean(),
});
export type SecretFact = z.infer<typeof secretFactSchema>;

const urlTemplate = z
  .string()
  .regex(/^https:\/\/[^\s]+$/, 'must be an https URL; {names} stand for connection variables');

const revocationSchema = z.strictObject({
  /** `rfc7009`: POST with the token in the body; `delete`: DELETE with the access token as credential. */
  style: z.enum(['rfc7009', 'delete']),
  /** `refresh`: access tokens that were given out live on until they expire. */
  ends: z.enum(['refresh', 'all']),
  /** A path that answers an access token that holds with 2xx, and another one with 401 or 403: the proof that it ended. */
  proof: z.string().startsWith('/').optional(),
});

export const authSchema = z.strictObject({
  kind: z.literal('oauth2'),
  authorizeUrl: urlTemplate,
  tokenUrl: urlTemplate,
  revokeUrl: urlTemplate.optional(),
  /** How `revokeUrl` is called, and what ends there; RFC 7009 and everything unless said. */
  revocation: revocationSchema.optional(),
  introspectUrl: urlTemplate.optional(),
  /** Where metadata can be discovered (RFC 8414 or OIDC). */
  issuer: urlTemplate.optional(),
  /** True when the vendor's metadata promises `iss` in the authorisation response (RFC 9207). */
  issInResponse: z.boolean().default(false),
  grants: z.array(z.enum(['authorization_code', 'refresh_token', 'client_credentials'])).min(1),
  pkce: z.enum(['required', 'accepted', 'ignored']),
  /** `secret_as_basic_user`: HTTP Basic with the client secret as the user and no password. */
  clientAuthentication: z.enum(['basic', 'body', 'secret_as_basic_user', 'private_key_jwt']),
  tokenBody: z.enum(['form', 'json']),
  /** `request`: scopes are asked for in the URL; `app`: fixed per app at the vendor; `coarse`: a few broad ones. */
  scopeStyle: z.enum(['request', 'app', 'coarse']),
  /** Where the granted scopes are read. */
  grantedFrom: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('scope-string'), pointer: z.string(), separator: z.enum([' ', ',']) }),
    z.strictObject({ kind: z.literal('scope-array'), pointer: z.string() }),
    z.strictObject({ kind: z.literal('introspection'), pointer: z.string() }),
    /** Not told: a read operation is tried. */
    z.strictObject({ kind: z.literal('probe'), operation: z.string() }),
    z.strictObject({ kind: z.literal('app') }),
  ]),
  refresh: z.strictObject({
    rotates: z.enum(['always', 'sometimes', 'never']),
    oldAccessDies: z.boolean(),
    graceSeconds: z.number().int().nonnegative(),
  }),
  /** Used when the answer has no `expires_in`; null: the token does not expire. */
  defaultLifetimeSeconds: z.number().int().positive().nullable(),
  /** The vendor account in the token answer or introspection. */
  account: z.strictObject({ pointer: z.string() }).optional(),
  /** A host given by the token answer, pinned at connect when it ends in one of the suffixes. */
  instanceUrl: z
    .strictObject({ pointer: z.string(), suffixes: z.array(z.string().startsWith('.')).min(1) })
    .optional(),
  /** How a call carries the credential. `{accessToken}` is replaced by the broker. */
  credential: z.strictObject({ header: z.string(), format: z.string().includes('{accessToken}') }),
  /** Every scope an operation may ask for, each with the reason a reviewer reads. */
  /** `always`: the vendor wants it in every authorisation, whatever the operations need. */
  scopes: z.record(
    z.string(),
    z.strictObject({ reason: z.string().min(10), always: z.literal(true).optional() }),
  ),
  secrets: z.array(secretFactSchema),
  source: z.url(),
});
export type Auth = z.infer<typeof authSchema>;
/** As a connector writes it: fields with a default may be left out. */
export type AuthInput = z.input<typeof authSchema>;

import { z } from 'zod';
import { authSchema, type SecretFact } from './auth.ts';
import { guaranteeSchema } from './guarantees.ts';
import { type CallTemplate, isCallTemplate } from './interpreters/match-call.ts';
import { naturalKeyPartSchema } from './natural-key.ts';
import { type SignatureScheme, type SubscriptionManifest, triggerManifestSchema } from './triggers.ts';

/**
 * Everything declarative about a connector, as JSON. The runner, the broker, the scope table and the version diff
 * read this and never import the connector.
 */

const idSchema = z.string().regex(/^[a-z0-9-]{1,64}$/);
const callSchema = z.custom<CallTemplate>((value) => typeof value === 'string' && isCallTemplate(value), {
  message: 'must be a call like "GET /v1/customers/{id}"',
});
const jsonSchemaSchema = z.record(z.string(), z.json());

export const impactSchema = z.enum(['read', 'write', 'message', 'money', 'delete']);
export type Impact = z.infer<typeof impactSchema>;

/** How many people or records one record of the input touches: a number, or where the input tells. */
export const reachSchema = z.union([
  z.number().int().positive(),
  z.strictObject({ pointer: z.string().startsWith('/') }),
]);
export type Reach = z.infer<typeof reachSchema>;

const operationCommon = {
  /** Name within the connector: `contacts.upsert`. */
  name: z.string().regex(/^[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)+$/),
  /** The domain operation that it implements: `crm.contacts.upsert`; absent for a vendor's own verb. */
  implements: z.string().optional(),
  summary: z.string().min(1),
  scopes: z.array(z.string()),
  reads: z.array(callSchema),
  /** Request headers that the operation itself sets; the broker refuses others. */
  requestHeaders: z.array(z.string()).default([]),
  /** Secrets in the vendor's answers: the broker takes them out and keeps them, and no code of a host sees them. */
  withholds: z
    .array(
      z.strictObject({
        /** Where it is in the answer's JSON; `*` stands for each element of an array. */
        pointer: z.string().startsWith('/'),
        /** Its name in `auth.secrets`. */
        secret: z.string(),
      }),
    )
    .min(1)
    .optional(),
  source: z.url(),
  timeoutMs: z.number().int().positive().max(120_000).default(30_000),
};

export const readManifestSchema = z.strictObject({
  kind: z.literal('read'),
  ...operationCommon,
  impact: z.literal('read'),
  input: jsonSchemaSchema,
  output: jsonSchemaSchema,
});

export const writeManifestSchema = z.strictObject({
  kind: z.literal('write'),
  ...operationCommon,
  impact: impactSchema.exclude(['read']),
  reach: reachSchema,
  /** Which kind of record is written: the namespace of links. */
  resource: z.string(),
  naturalKey: z.array(naturalKeyPartSchema).min(1),
  guarantee: guaranteeSchema,
  /** How many records one call may carry. */
  batch: z.strictObject({ max: z.number().int().min(1).max(1000) }),
  writes: z.array(callSchema).min(1),
  /** JSON Schema of one record. */
  record: jsonSchemaSchema,
});

export const operationManifestSchema = z.discriminatedUnion('kind', [
  readManifestSchema,
  writeManifestSchema,
]);
export type OperationManifest = z.infer<typeof operationManifestSchema>;
export type ReadManifest = z.infer<typeof readManifestSchema>;
export type WriteManifest = z.infer<typeof writeManifestSchema>;

/** How to read a vendor's answers beyond their status. */
export const answerFactsSchema = z.strictObject({
  /** Pointers to the vendor's words about an error, first found wins. */
  message: z.array(z.string()),
  /** Answers other than 429 that mean "too fast". */
  rateLimited: z
    .array(
      z.strictObject({
        status: z.number().int(),
        pointer: z.string().optional(),
        equals: z.string().optional(),
      }),
    )
    .optional(),
  /** The header by which a vendor says that it repeats a stored answer. */
  replayed: z.strictObject({ header: z.string(), equals: z.string() }).optional(),
  /** When calls are possible again, besides Retry-After. */
  resetAt: z.strictObject({ header: z.string(), unit: z.enum(['unix-seconds', 'seconds']) }).optional(),
});
export type AnswerFacts = z.infer<typeof answerFactsSchema>;

const headerNameSchema = z.string().regex(/^[A-Za-z0-9-]+$/);

/** Where answers tell how a limit stands. */
export const rateLimitHeadersSchema = z.strictObject({
  /** How many requests the account really has in the window: counts instead of `requests`. */
  limit: headerNameSchema.optional(),
  /** How many are left; at 0 nothing is sent before the reset. */
  remaining: headerNameSchema.optional(),
  /** When the window ends. */
  reset: z
    .strictObject({
      header: headerNameSchema,
      unit: z.enum(['unix-seconds', 'seconds', 'milliseconds']),
    })
    .optional(),
  /** How long the window is: counts instead of `seconds`. */
  window: z.strictObject({ header: headerNameSchema, unit: z.enum(['seconds', 'milliseconds']) }).optional(),
});
export type RateLimitHeaders = z.infer<typeof rateLimitHeadersSchema>;

/** How much a vendor allows. The broker sends less than this, over all runners, whatever window one lays over it. */
export const rateLimitSchema = z.strictObject({
  /** Whose it is: each connection's, or shared by all connections of a registration. */
  per: z.enum(['connection', 'registration']),
  requests: z.number().int().positive(),
  /** The window's length. */
  seconds: z.number().positive(),
  /** Only these calls count; all when absent. */
  calls: z.array(callSchema).min(1).optional(),
  /** Calls that count as several requests; any other counts as one. */
  costs: z
    .array(z.strictObject({ call: callSchema, requests: z.number().int().positive() }))
    .min(1)
    .optional(),
  headers: rateLimitHeadersSchema.optional(),
  source: z.url(),
  verified: z.boolean(),
});
export type RateLimit = z.infer<typeof rateLimitSchema>;

export const deprecationSchema = z.strictObject({
  /** The call, host, version or secret that goes away. */
  what: z.string().min(1),
  announced: z.iso.date().optional(),
  ends: z.iso.date(),
  instead: z.string().min(1),
  source: z.url(),
});

const secretPlaceSchema = z.strictObject({
  call: callSchema,
  /** Where it is in the body's JSON; `*` stands for each element of an array. */
  pointer: z.string().startsWith('/'),
});

/** How secrets are rotated at the vendor, by name: which hooks there are, and all that they may do. */
export const rotationManifestSchema = z.record(
  z.string(),
  z.strictObject({
    hooks: z.array(z.enum(['create', 'set', 'test', 'revoke', 'reconcile'])).min(1),
    scopes: z.array(z.string()).default([]),
    reads: z.array(callSchema).default([]),
    writes: z.array(callSchema).default([]),
    /** Where answers hold the secret: the broker takes it out and keeps it, and no code of a host sees it. */
    withholds: z.array(secretPlaceSchema).default([]),
    /** Where requests may be given the pending secret. */
    placed: z.array(secretPlaceSchema).default([]),
  }),
);
export type SecretRotationManifest = z.infer<typeof rotationManifestSchema>[string];

export const manifestSchema = z
  .strictObject({
    specVersion: z.literal('v1'),
    id: idSchema,
    title: z.string().min(1),
    domain: z.enum(['crm', 'billing', 'support']),
    auth: authSchema,
    /** Origins that calls may go to; `{names}` stand for connection variables. The first is where paths resolve. */
    egress: z
      .array(z.string().regex(/^https:\/\/(\{[a-z]+\}|[a-z0-9-]+)(\.(\{[a-z]+\}|[a-z0-9-]+))+$/))
      .min(1),
    /** Names of the connection variables used in URLs, each with what it may hold. */
    variables: z.record(z.string(), z.strictObject({ pattern: z.string(), description: z.string() })),
    /** Headers that every call carries (an API version). Never a credential. */
    headers: z.record(z.string(), z.string()),
    answers: answerFactsSchema,
    rateLimits: z.array(rateLimitSchema),
    operations: z.array(operationManifestSchema).min(1),
    triggers: z.array(triggerManifestSchema),
    rotation: rotationManifestSchema,
    deprecations: z.array(deprecationSchema),
  })
  .check((context) => {
    for (const [path, message] of inconsistencies(context.value)) {
      context.issues.push({ code: 'custom', message, path, input: context.value });
    }
  });
export type Manifest = z.infer<typeof manifestSchema>;

type Inconsistency = readonly [path: (string | number)[], message: string];

function* inconsistencies(manifest: {
  auth: z.infer<typeof authSchema>;
  operations: OperationManifest[];
  triggers: z.infer<typeof triggerManifestSchema>[];
  egress: string[];
  variables: Record<string, unknown>;
  rotation: Record<string, SecretRotationManifest>;
  rateLimits: RateLimit[];
}): Generator<Inconsistency> {
  const { auth, operations, triggers } = manifest;
  const names = operations.map(({ name }) => name);
  for (const [index, operation] of operations.entries()) {
    if (names.indexOf(operation.name) !== index) yield [['operations', index, 'name'], 'is used twice'];
    for (const scope of operation.scopes) {
      if (!Object.hasOwn(auth.scopes, scope)) {
        yield [
          ['operations', index, 'scopes'],
          `${scope} is not among auth.scopes: add it there with its reason`,
        ];
      }
    }
  }
  const used = new Set([...operations, ...Object.values(manifest.rotation)].flatMap(({ scopes }) => scopes));
  for (const [scope, { always }] of Object.entries(auth.scopes)) {
    if (always === undefined && !used.has(scope))
      yield [['auth', 'scopes', scope], 'no operation uses this scope: remove it'];
  }
  if (auth.grantedFrom.kind === 'probe') {
    const { operation: probe } = auth.grantedFrom;
    if (!operations.some(({ kind, name }) => kind === 'read' && name === probe)) {
      yield [['auth', 'grantedFrom', 'operation'], 'must name a read operation'];
    }
  }
  const reads = new Set(operations.filter(({ kind }) => kind === 'read').map(({ name }) => name));
  const secrets = new Set(auth.secrets.map(({ name }) => name));
  for (const [index, trigger] of triggers.entries()) {
    const path = ['triggers', index];
    if (triggers.findIndex(({ name }) => name === trigger.name) !== index)
      yield [[...path, 'name'], 'is used twice'];
    if (trigger.kind === 'poll') {
      if (!reads.has(trigger.operation)) yield [[...path, 'operation'], 'must name a read operation'];
      if ((trigger.because === undefined) === (trigger.reconciles === undefined)) {
        yield [path, 'a poll states either because or reconciles'];
      }
      const { reconciles } = trigger;
      const isWebhook = triggers.some(({ kind, name }) => kind === 'webhook' && name === reconciles);
      if (reconciles !== undefined && !isWebhook) yield [[...path, 'reconciles'], 'must name a webhook'];
      continue;
    }
    if (!secrets.has(trigger.signature.secret))
      yield [[...path, 'signature', 'secret'], 'must name one of auth.secrets'];
    if (trigger.hydrate !== undefined && !reads.has(trigger.hydrate.operation)) {
      yield [[...path, 'hydrate', 'operation'], 'must name a read operation'];
    }
    for (const [field, message] of signatureInconsistencies(trigger.signature)) {
      yield [[...path, 'signature', field], message];
    }
    for (const [field, message] of subscriptionInconsistencies(trigger.subscription, operations)) {
      yield [[...path, 'subscription', field], message];
    }
  }
  for (const [index, { withholds = [] }] of operations.entries()) {
    for (const { secret } of withholds) {
      if (!secrets.has(secret))
        yield [['operations', index, 'withholds'], `${secret} is not one of auth.secrets`];
    }
  }
  const urls = [auth.authorizeUrl, auth.tokenUrl, auth.revokeUrl, auth.introspectUrl, auth.issuer];
  for (const [, name] of [...manifest.egress, ...urls].join(' ').matchAll(/\{([a-z]+)\}/g)) {
    if (name !== undefined && !Object.hasOwn(manifest.variables, name)) {
      yield [['variables'], `{${name}} is used in a URL but not declared`];
    }
  }
  for (const [name, rotation] of Object.entries(manifest.rotation)) {
    const fact = auth.secrets.find((secret) => secret.name === name);
    if (fact === undefined) yield [['rotation', name], 'must name one of auth.secrets'];
    else yield* rotationInconsistencies(rotation, fact, auth);
  }
  for (const [index, { name, issuer }] of auth.secrets.entries()) {
    if (issuer === 'person' || Object.hasOwn(manifest.rotation, name)) continue;
    yield [['auth', 'secrets', index, 'issuer'], `${issuer}: rotation.${name} must say how`];
  }
  for (const [index, { name, uses }] of auth.secrets.entries()) {
    if (!uses.includes('api') || uses.includes('oauth')) continue;
    if (Object.hasOwn(manifest.rotation, name) && manifest.rotation[name]?.hooks.includes('test')) continue;
    yield [
      ['auth', 'secrets', index, 'uses'],
      `api: rotation.${name}.hooks must have test: nothing else tells whether a new one holds`,
    ];
  }
  yield* limitInconsistencies(manifest.rateLimits);
}

const issuingHook = { vendor: 'create', runtime: 'set' } as const;

/** Hooks that cannot do what the secret's issuer wants, and places in calls that nobody makes. */
function* rotationInconsistencies(
  { hooks, scopes, reads, writes, withholds, placed }: SecretRotationManifest,
  { name, issuer }: SecretFact,
  auth: z.infer<typeof authSchema>,
): Generator<Inconsistency> {
  const path = ['rotation', name];
  for (const who of ['vendor', 'runtime'] as const) {
    const hook = issuingHook[who];
    if ((issuer === who) !== hooks.includes(hook)) {
      yield [[...path, 'hooks'], `${hook} is there when the issuer is "${who}", and only then`];
    }
  }
  if (issuer === 'vendor' && withholds.length === 0)
    yield [[...path, 'withholds'], 'must say where the secret is'];
  if (issuer === 'runtime' && placed.length === 0)
    yield [[...path, 'placed'], 'must say where the secret goes'];
  for (const scope of scopes) {
    if (!Object.hasOwn(auth.scopes, scope)) {
      yield [[...path, 'scopes'], `${scope} is not among auth.scopes: add it there with its reason`];
    }
  }
  const calls = new Set<string>([...reads, ...writes]);
  for (const [index, { call }] of withholds.entries()) {
    if (!calls.has(call)) yield [[...path, 'withholds', index, 'call'], 'must be one of reads and writes'];
  }
  for (const [index, { call }] of placed.entries()) {
    if (!writes.some((write) => write === call)) {
      yield [[...path, 'placed', index, 'call'], 'must be one of writes'];
    }
  }
}

function* limitInconsistencies(limits: readonly RateLimit[]): Generator<Inconsistency> {
  const places = limits.map(({ per, seconds, calls }) => JSON.stringify([per, seconds, calls?.toSorted()]));
  for (const [index, { requests, calls, costs = [] }] of limits.entries()) {
    const path = ['rateLimits', index];
    if (places.indexOf(places[index] ?? '') !== index) {
      yield [path, 'is declared twice: one limit for each owner, window and set of calls'];
    }
    for (const [at, cost] of costs.entries()) {
      if (cost.requests > requests) yield [[...path, 'costs', at], 'costs more than the window allows'];
      if (calls !== undefined && !calls.includes(cost.call)) {
        yield [[...path, 'costs', at, 'call'], 'must be one of the calls that count'];
      }
    }
  }
}

/** What is not signed anyone may change: a body, or the time that makes an old delivery look new. */
function* signatureInconsistencies(scheme: SignatureScheme): Generator<readonly [string, string]> {
  const { signed, timestamp, format } = scheme;
  if (!signed.includes('body')) yield ['signed', 'must hold the body'];
  if (timestamp === undefined) {
    if (signed.includes('timestamp')) yield ['timestamp', 'is signed but not declared'];
    return;
  }
  const header = timestamp.header?.toLowerCase() ?? '';
  if (format.kind === 'plain' && header === '') yield ['timestamp', 'must name its header'];
  const isSigned = signed.some(
    (part) =>
      part === 'timestamp' ||
      (typeof part === 'object' && 'header' in part && part.header.toLowerCase() === header),
  );
  if (!isSigned) yield ['signed', 'must hold the timestamp that is declared'];
}

/** The operations that a subscription names are there, and of the shape that the broker asks. */
function* subscriptionInconsistencies(
  subscription: SubscriptionManifest,
  operations: readonly OperationManifest[],
): Generator<readonly [string, string]> {
  if (!('list' in subscription)) return;
  const { list, create, remove, tellSecret, per, credential } = subscription;
  const find = (name: string | undefined) => operations.find((operation) => operation.name === name);
  const isKeyedBy = (name: string, pointer: string) => {
    const operation = find(name);
    return operation?.kind === 'write' && operation.naturalKey.every((part) => part.pointer === pointer);
  };
  if (find(list)?.kind !== 'read') yield ['list', 'must name a read operation'];
  if (!isKeyedBy(create, '/url')) yield ['create', 'must name a write operation made by createSubscription'];
  if (!isKeyedBy(remove, '/vendorId'))
    yield ['remove', 'must name a write operation made by removeSubscription'];
  if (tellSecret !== undefined && find(tellSecret)?.withholds === undefined) {
    yield ['tellSecret', 'must name a read operation that withholds the secret'];
  }
  if ((per === 'registration') !== (credential !== undefined)) {
    yield [
      'credential',
      'is what a registration calls with: give it with `per: registration`, and only there',
    ];
  }
}

export function findOperation(manifest: Manifest, name: string): OperationManifest | undefined {
  return manifest.operations.find((operation) => operation.name === name || operation.implements === name);
}

export function findWebhook(manifest: Manifest): TriggerManifestOf<'webhook'> | undefined {
  return manifest.triggers.find((trigger) => trigger.kind === 'webhook');
}

/** True for the broker's own operations, by which it keeps a subscription at the vendor: no flow calls them. */
export function keepsSubscription(manifest: Manifest, name: string): boolean {
  return manifest.triggers.some((trigger) => {
    if (trigger.kind !== 'webhook' || !('list' in trigger.subscription)) return false;
    const { list, create, remove, tellSecret } = trigger.subscription;
    return [list, create, remove, tellSecret].includes(name);
  });
}

type TriggerManifestOf<Kind extends string> = Extract<z.infer<typeof triggerManifestSchema>, { kind: Kind }>;

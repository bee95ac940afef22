export { type Auth, type AuthInput, authSchema, type SecretFact } from './auth.ts';
export {
  type Connector,
  type ConnectorDefinition,
  defineConnector,
  type DeliveredItem,
  isConnector,
  type NormalizedEvent,
  poll,
  type PollTrigger,
  type Trigger,
  webhook,
  type WebhookTrigger,
} from './connector.ts';
export { classifiedFields, type DataClass, dataClassSchema } from './data-classes.ts';
export * from './domains/index.ts';
export {
  AuthenticationError,
  ConfigurationError,
  ConflictError,
  ContractVersionError,
  type ErrorData,
  errorFromData,
  errorToData,
  NotFoundError,
  OnceoverError,
  type OnceoverErrorOptions,
  OutcomeUnknownError,
  RateLimitError,
  type Retry,
  ScopeError,
  UpstreamError,
  ValidationError,
} from './errors.ts';
export {
  type CloudEvent,
  cloudEventSchema,
  defineEvent,
  type EventData,
  type EventType,
  parseEventType,
} from './events.ts';
export {
  conditional,
  type Guarantee,
  guaranteeAt,
  type GuaranteeClass,
  guaranteeClass,
  idempotencyKey,
  lookup,
  lookupOf,
  naturalKey,
  none,
} from './guarantees.ts';
export type {
  CallbackReply,
  ConnectorCallback,
  ConnectorReply,
  ConnectorRequest,
  HostedModule,
  WireRequest,
  WireResponse,
} from './hosting/protocol.ts';
export { serveConnector, toWire } from './hosting/serve-connector.ts';
export {
  type Answer,
  classifyAnswer,
  isReplayed,
  longestRetryAfterMs,
  retryAfterMs,
} from './interpreters/classify-answer.ts';
export {
  type CallTemplate,
  type HttpMethod,
  isCallTemplate,
  matchCall,
  type MatchedCall,
  unsafePathReason,
} from './interpreters/match-call.ts';
export { readRateLimit, type ToldRateLimit } from './interpreters/read-rate-limit.ts';
export { readGrantedScopes } from './interpreters/read-granted-scopes.ts';
export {
  type DeliveryRequest,
  type DeliveryVerdict,
  verifyDelivery,
} from './interpreters/verify-delivery.ts';
export {
  changeAtPointer,
  isRawJson,
  type JsonValue,
  numberText,
  parseJson,
  type RawJson,
  readPointer,
  readPointerText,
  stringifyJson,
  withPlainNumbers,
} from './json.ts';
export {
  type AnswerFacts,
  findOperation,
  findWebhook,
  type Impact,
  keepsSubscription,
  type Manifest,
  manifestSchema,
  type OperationManifest,
  type RateLimit,
  type RateLimitHeaders,
  type Reach,
  type ReadManifest,
  type SecretRotationManifest,
  type WriteManifest,
} from './manifest.ts';
export { jsonSchemaOf, manifestOf } from './manifest-of.ts';
export {
  currencyExponent,
  decimalCodec,
  fromMinorUnits,
  minorUnitCodec,
  type Money,
  type MoneyCodec,
  moneySchema,
  toMinorUnits,
} from './money.ts';
export { canonicalEmail, canonicalText, type NaturalKeyPart, naturalKeyOf } from './natural-key.ts';
export type {
  ConnectionFacts,
  HttpClient,
  HttpRequest,
  HttpResponse,
  KeyedRecord,
  Links,
  OperationContext,
} from './operation-context.ts';
export {
  type AppliedEffect,
  defineDomainRead,
  defineDomainWrite,
  defineOperation,
  type DomainOperation,
  type DomainRead,
  type DomainWrite,
  implement,
  type Operation,
  type ReadImplementation,
  type ReadOperation,
  type StepInput,
  type StepResult,
  type WriteImplementation,
  type WriteOperation,
} from './operations.ts';
export {
  type AppliedOutcome,
  isApplied,
  type Outcome,
  outcomes,
  type RecordOutcome,
  recordOutcomeSchema,
} from './outcomes.ts';
export {
  createSubscription,
  type ListedSubscription,
  listedSubscriptionSchema,
  listSubscriptions,
  type MadeSubscription,
  type NewSubscription,
  newSubscriptionSchema,
  removeSubscription,
  tellSubscriptionSecret,
} from './subscriptions.ts';
export type {
  Rotation,
  RotationContext,
  RotationHooks,
  RotationHttp,
  RotationRequest,
  SecretPart,
  SecretPlaceInCall,
  SecretRotation,
  VendorSecret,
} from './rotation.ts';
export type {
  Field,
  PollManifest,
  SignatureScheme,
  SubscriptionManifest,
  TriggerManifest,
  WebhookManifest,
} from './triggers.ts';
export { compareManifests } from './versions/compare-manifests.ts';
export { type Bump, bumpOf, type ChangeArea, type ManifestChange } from './versions/manifest-change.ts';

export { type Clock, createManualClock, type ManualClock, systemClock } from './clock.ts';
export { createSandbox, type Sandbox, type SandboxOptions } from './create-sandbox.ts';
export type { Send, SentDelivery } from './deliver.ts';
export type { Fault, FaultInput, Faults } from './faults.ts';
export type { IdempotencyFacts } from './idempotency-cache.ts';
export type { Ledger, LedgerEffect, LedgerEntry } from './ledger.ts';
export type { RateLimitState, RateLimitWindow } from './rate-limiter.ts';
export { type DefinedSandbox, defineSandbox } from './define-sandbox.ts';
export type {
  SandboxContext,
  SandboxDefinition,
  SandboxFailure,
  SandboxWebhook,
} from './sandbox-definition.ts';
export {
  DroppedAnswerError,
  jsonAnswer,
  type SandboxAnswer,
  type SandboxExchange,
  type SandboxRequest,
  UnhandledRequestError,
} from './sandbox-exchange.ts';
export { signDelivery, type UnsignedDelivery } from './sign-delivery.ts';
export { type RunningSandbox, startSandbox } from './start-sandbox.ts';
export type { TokenBook, TokenFacts, TokenGrant } from './token-book.ts';

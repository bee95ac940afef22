import type { JsonValue, SignatureScheme } from '@onceover/contract';
import type { RequestHandler } from 'msw';
import type { Clock } from './clock.ts';
import type { IdempotencyFacts } from './idempotency-cache.ts';
import type { Ledger } from './ledger.ts';
import type { RateLimitState } from './rate-limiter.ts';
import type { SandboxAnswer, SandboxRequest } from './sandbox-exchange.ts';
import type { TokenBook, TokenFacts } from './token-book.ts';

/** What a vendor fake's handlers work with. */
export interface SandboxContext<State> {
  state: State;
  /** Each write is recorded here, changed or not. */
  ledger: Ledger;
  clock: Clock;
  tokens: TokenBook;
  /** What it signs its webhooks with: for vendors that tell it. */
  webhookSecret: string;
  /** Signs with another secret from now on, and tells it. */
  resetWebhookSecret(): string;
  /** Numbers that no other record of this sandbox has, rising. */
  nextId(): number;
  /** Tells subscribed targets (`POST /_sandbox/subscribe`) about a change, as the vendor's webhook would. */
  emit(event: JsonValue): void;
}

/** Why a sandbox itself refuses a request. */
export interface SandboxFailure {
  status: number;
  request: SandboxRequest;
  retryAfterSeconds?: number;
  /** Where there is a limit set. */
  rateLimit?: RateLimitState;
}

/** How a vendor sends its webhooks. */
export interface SandboxWebhook {
  scheme: SignatureScheme;
  /** The body that carries an event: the vendor's wrapping of one item, or the given value as it is. */
  body(event: JsonValue): JsonValue;
  /** Headers besides the signature's (delivery ids and the like). Names in lower case. */
  headers?(event: JsonValue, context: { nextId(): number; clock: Clock }): Readonly<Record<string, string>>;
}

/**
 * A vendor fake. Handlers are msw's and written for the vendor's origin (`http.get(origin + '/v1/things/:id', …)`);
 * what all vendors have in common (credentials, idempotency keys, limits, faults, ledger, webhooks) the kit does
 * from facts.
 */
export interface SandboxDefinition<State> {
  /** The connector's id. */
  id: string;
  /** The vendor's origin, which handlers see in `request.url`. */
  origin: string;
  /** The credential and the webhook secret that hold unless others are given. */
  accessToken: string;
  webhookSecret: string;
  tokens: TokenFacts & { scopes: readonly string[] };
  createState(): State;
  /** Puts a record there as if it had always been at the vendor: no ledger entry, no webhook. Throws on a wrong shape. */
  seed?(record: JsonValue, context: SandboxContext<State>): void;
  handlers(context: SandboxContext<State>): readonly RequestHandler[];
  /** Requests that need no access token: the token endpoint. */
  isPublic(request: SandboxRequest): boolean;
  /** The vendor's real answer for a status that the sandbox itself gives: 401, 429, injected faults. */
  failure(failure: SandboxFailure): SandboxAnswer;
  idempotency?: IdempotencyFacts;
  /** Headers that tell how much of a rate limit is left. */
  rateLimitHeaders?(state: RateLimitState): Readonly<Record<string, string>>;
  webhook: SandboxWebhook;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonValue } from '@onceover/contract';
import { getResponse, type RequestHandler } from 'msw';
import { type Clock, systemClock } from './clock.ts';
import { deliver, renderDelivery, type Send, sendSchema, type SentDelivery } from './deliver.ts';
import { createFaults, type Faults } from './faults.ts';
import { createIdempotencyCache } from './idempotency-cache.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createRateLimiter, type RateLimiter, type RateLimitState } from './rate-limiter.ts';
import type { SandboxContext, SandboxDefinition } from './sandbox-definition.ts';
import {
  DroppedAnswerError,
  type SandboxAnswer,
  type SandboxExchange,
  type SandboxRequest,
  UnhandledRequestError,
} from './sandbox-exchange.ts';
import { TextRequest } from './text-request.ts';
import { createTokenBook, type TokenBook } from './token-book.ts';

export interface SandboxOptions {
  accessToken?: string;
  webhookSecret?: string;
  clock?: Clock;
  /** Sees every request that a handler or the sandbox answered. What it throws fails the request. */
  onExchange?(exchange: SandboxExchange): void;
}

/** A vendor fake at work, without a socket. */
export interface Sandbox<State = unknown> {
  readonly id: string;
  readonly origin: string;
  readonly accessToken: string;
  readonly webhookSecret: string;
  readonly state: State;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly tokens: TokenBook;
  readonly rateLimit: RateLimiter;
  readonly clock: Clock;
  /** How many API requests arrived. */
  requests(): number;
  /**
   * Answers an API request.
   * @throws {UnhandledRequestError} when no handler knows it
   * @throws {DroppedAnswerError} when a fault breaks the connection
   */
  answer(request: SandboxRequest): Promise<SandboxAnswer>;
  /** Records that were always there: see {@link SandboxDefinition.seed}. */
  seed(records: readonly JsonValue[]): void;
  /** A signed delivery, not sent. */
  render(send: Send): ReturnType<typeof renderDelivery>;
  /** Signs a delivery and sends it to a loopback URL. */
  send(send: Send): Promise<SentDelivery>;
  /** Changes are told to this loopback URL from now on. */
  subscribe(to: string): void;
  unsubscribe(to: string): void;
  /** Resolves when every change so far has been told (or given up). */
  settled(): Promise<void>;
}

export function createSandbox<State>(
  definition: SandboxDefinition<State>,
  options: SandboxOptions = {},
): Sandbox<State> {
  const clock = options.clock ?? systemClock;
  const accessToken = options.accessToken ?? definition.accessToken;
  const webhookSecret = options.webhookSecret ?? definition.webhookSecret;
  let signingSecret = webhookSecret;
  const state = definition.createState();
  const ledger = createLedger();
  const faults = createFaults();
  const tokens = createTokenBook(definition.tokens, clock, accessToken, definition.tokens.scopes);
  const rateLimit = createRateLimiter(clock);
  const idempotency = createIdempotencyCache(definition.idempotency, clock);
  const targets = new Set<string>();
  let told: Promise<unknown> = Promise.resolve();
  let requests = 0;
  let lastId = 100;
  const nextId = () => {
    lastId += 1;
    return lastId;
  };
  const render = (send: Send) =>
    renderDelivery(definition.webhook, sendSchema.parse(send), { secret: signingSecret, clock, nextId });

  const emit = (event: JsonValue) => {
    for (const to of targets) {
      const delivery = render({ to, event });
      // In order, and a receiver that fails is the receiver's problem: vendors retry on their own schedule.
      told = told.then(() => deliver(delivery)).catch(() => undefined);
    }
  };
  const context: SandboxContext<State> = {
    state,
    ledger,
    clock,
    tokens,
    get webhookSecret() {
      return signingSecret;
    },
    resetWebhookSecret() {
      signingSecret = `${webhookSecret}-${nextId()}`;
      return signingSecret;
    },
    nextId,
    emit,
  };
  const handlers = [...definition.handlers(context)];

  const work = async (request: SandboxRequest, limit: RateLimitState | undefined) => {
    const fault = faults.take(request, 'status');
    if (fault?.status === undefined) return handle(definition.origin, handlers, request);
    if (fault.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault.effect === true) await handle(definition.origin, handlers, request);
    const answer = definition.failure({
      status: fault.status,
      request,
      ...(limit === undefined ? {} : { rateLimit: limit }),
      ...(fault.status === 429 ? { retryAfterSeconds: limit?.retryAfterSeconds ?? 1 } : {}),
    });
    return overrideHeaders(answer, fault.headers ?? {});
  };

  const answer = async (request: SandboxRequest): Promise<SandboxAnswer> => {
    if (!definition.isPublic(request) && !tokens.isValid(bearerOf(request))) {
      return definition.failure({ status: 401, request });
    }
    const limit = rateLimit.count();
    if (limit?.exceeded === true) {
      const { retryAfterSeconds } = limit;
      return withLimit(
        definition,
        limit,
        definition.failure({ status: 429, request, retryAfterSeconds, rateLimit: limit }),
      );
    }
    const fault = faults.take(request, 'transport');
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault?.drop === 'before') throw new DroppedAnswerError('The connection broke before the effect');
    const answered = await idempotency.answer(request, () => work(request, limit));
    if (fault?.drop === 'after') throw new DroppedAnswerError('The connection broke after the effect');
    return withLimit(definition, limit, answered);
  };

  return {
    id: definition.id,
    origin: definition.origin,
    accessToken,
    webhookSecret,
    state,
    ledger,
    faults,
    tokens,
    rateLimit,
    clock,
    requests: () => requests,
    async answer(request) {
      requests += 1;
      const answered = await answer(request);
      options.onExchange?.({ request, answer: answered });
      return answered;
    },
    seed(records) {
      if (definition.seed === undefined) throw new RangeError(`The ${definition.id} sandbox takes no seeds`);
      for (const record of records) definition.seed(record, context);
    },
    render,
    send: (send) => deliver(render(send)),
    subscribe(to) {
      targets.add(to);
    },
    unsubscribe(to) {
      targets.delete(to);
    },
    settled: async () => {
      await told;
    },
  };
}

function bearerOf(request: SandboxRequest): string {
  return /^bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1] ?? '';
}

async function handle(
  origin: string,
  handlers: RequestHandler[],
  request: SandboxRequest,
): Promise<SandboxAnswer> {
  const url = `${origin}${request.path}${request.query === '' ? '' : `?${request.query}`}`;
  const { method, headers, body } = request;
  const response = await getResponse(handlers, new TextRequest(url, { method, headers }, body));
  if (response === undefined) throw new UnhandledRequestError(request);
  return {
    status: response.status,
    // Iterating Headers lists each Set-Cookie by itself, as an answer must.
    headers: [...response.headers],
    body: response.body === null ? '' : await response.text(),
  };
}

function overrideHeaders(
  answer: SandboxAnswer,
  overrides: Readonly<Record<string, string | null>>,
): SandboxAnswer {
  const names = new Set(Object.keys(overrides).map((name) => name.toLowerCase()));
  const kept = answer.headers.filter(([name]) => !names.has(name.toLowerCase()));
  const added = Object.entries(overrides).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  );
  return { ...answer, headers: [...kept, ...added] };
}

function withLimit<State>(
  definition: SandboxDefinition<State>,
  limit: RateLimitState | undefined,
  answer: SandboxAnswer,
): SandboxAnswer {
  if (limit === undefined || definition.rateLimitHeaders === undefined) return answer;
  return { ...answer, headers: [...answer.headers, ...Object.entries(definition.rateLimitHeaders(limit))] };
}

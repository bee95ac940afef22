import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, type OnceoverError, UpstreamError } from '@onceover/contract';
import { Agent, type Dispatcher } from 'undici';
import type { AddressPolicy } from './addresses.ts';
import { type AnswerBody, createAnswerBody } from './answer-body.ts';
import { transportError } from './egress-errors.ts';
import type { EgressTarget } from './egress-target.ts';
import { pinnedConnector, type Resolve, systemResolve } from './pinned-connector.ts';

/** A request that has been checked and made complete. */
export interface EgressRequest {
  target: EgressTarget;
  method: string;
  path: string;
  /** Encoded, without `?`. */
  query: string;
  /** Names in lower case, each once. */
  headers: Readonly<Record<string, string>>;
  body: string | null;
  /** Its time, or the call's, is over. */
  signal: AbortSignal;
  /** Asked when its socket is there, before the first byte: what it throws leaves the request unsent. */
  mayStart?: (() => void) | undefined;
}

export type SendResult =
  /** A whole answer. */
  | { state: 'answered'; answer: Answer }
  /** No byte of the request has left. */
  | { state: 'unsent'; error: OnceoverError }
  /** The vendor may have the request, and no whole answer came. */
  | { state: 'lost'; error: OnceoverError };

export interface EgressLimits {
  /** Decoded bytes of an answer. */
  maxAnswerBytes: number;
  connectTimeoutMs: number;
  /** From the request's last byte to the answer's headers. */
  headersTimeoutMs: number;
  /** Between two chunks of an answer. */
  bodyTimeoutMs: number;
  connectionsPerOrigin: number;
}

export const defaultLimits: EgressLimits = {
  maxAnswerBytes: 8 * 1024 * 1024,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 60_000,
  bodyTimeoutMs: 30_000,
  connectionsPerOrigin: 64,
};

export interface Egress {
  /** Sends one request, once; follows no redirect; never rejects. */
  send(request: EgressRequest): Promise<SendResult>;
  close(): Promise<void>;
}

export function createEgress(options: { limits?: Partial<EgressLimits>; resolve?: Resolve } = {}): Egress {
  const limits = { ...defaultLimits, ...options.limits };
  const agentFor = (policy: AddressPolicy) =>
    new Agent({
      connect: pinnedConnector({
        policy,
        resolve: options.resolve ?? systemResolve,
        timeoutMs: limits.connectTimeoutMs,
      }),
      connections: limits.connectionsPerOrigin,
      pipelining: 1,
      allowH2: false,
      headersTimeout: limits.headersTimeoutMs,
      bodyTimeout: limits.bodyTimeoutMs,
      maxHeaderSize: 64 * 1024,
    });
  const agents = { public: agentFor('public'), loopback: agentFor('loopback') };
  return {
    send: (request) => send(agents[request.target.policy], request, limits.maxAnswerBytes),
    async close() {
      await Promise.all([agents.public.destroy(), agents.loopback.destroy()]);
    },
  };
}

function send(agent: Agent, request: EgressRequest, maxBytes: number): Promise<SendResult> {
  const { target, method, path, query, headers, body, signal, mayStart } = request;
  const done = Promise.withResolvers<SendResult>();
  let controller: Dispatcher.DispatchController | undefined;
  let answer: { status: number; headers: Readonly<Record<string, string>>; body: AnswerBody } | undefined;
  let isSettled = false;

  const settle = (result: SendResult) => {
    if (isSettled) return;
    isSettled = true;
    signal.removeEventListener('abort', onAbort);
    done.resolve(result);
  };
  const fail = (error: unknown) => {
    answer?.body.abort();
    const described = transportError(error, new URL(target.sendTo).host);
    // undici calls onRequestStart before it writes the first byte: until then nothing can have left.
    settle({ state: controller === undefined ? 'unsent' : 'lost', error: described });
    if (controller?.aborted === false) controller.abort(described);
  };
  const onAbort = () => fail(signal.reason);
  if (signal.aborted) {
    onAbort();
    return done.promise;
  }
  signal.addEventListener('abort', onAbort, { once: true });

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      // Given up while it waited for a socket, or offered to a second one: it does not go out (again).
      if (isSettled || controller !== undefined) {
        started.abort(new UpstreamError('The request was given up'));
        return;
      }
      try {
        mayStart?.();
      } catch (error) {
        fail(error);
        started.abort(new UpstreamError('The request must not go out any more'));
        return;
      }
      controller = started;
    },
    onResponseStart(_controller, status, incoming) {
      if (status < 200) return;
      try {
        const lower = flatHeaders(incoming);
        answer = {
          status,
          headers: lower,
          body: createAnswerBody({ encoding: lower['content-encoding'], maxBytes, onTooLarge: fail }),
        };
      } catch (error) {
        fail(error);
      }
    },
    onResponseData(_controller, chunk) {
      if (!isSettled) answer?.body.write(chunk);
    },
    onResponseEnd() {
      if (answer === undefined || isSettled) return;
      const { status, headers: answered } = answer;
      answer.body
        .end()
        .then(
          (text) => settle({ state: 'answered', answer: { status, headers: answered, body: text } }),
          fail,
        );
    },
    onResponseError(_controller, error) {
      fail(error);
    },
  };
  try {
    agent.dispatch(
      {
        origin: target.sendTo,
        path: query === '' ? path : `${path}?${query}`,
        method,
        headers: { ...headers },
        body,
      },
      handler,
    );
  } catch (error) {
    fail(error);
  }
  return done.promise;
}

/** Connection matters and cookies are nobody's business behind the broker. */
const dropped = new Set([
  'set-cookie',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'proxy-authenticate',
]);

function flatHeaders(incoming: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming).flatMap(([name, value]) => {
      const lower = name.toLowerCase();
      if (value === undefined || dropped.has(lower)) return [];
      return [[lower, Array.isArray(value) ? value.join(', ') : value]];
    }),
  );
}

import { OnceoverError, type JsonValue, ValidationError } from '@onceover/contract';
import { decodeMessage, encodeMessage } from './codec.ts';
import { type Frame, frameKinds } from './frames.ts';
import type { HostCallback } from './host.ts';
import { type HostEnd, hostDeadline, hostExited } from './host-errors.ts';
import type { HostLimits } from './host-limits.ts';
import type { HostTimers } from './host-timers.ts';
import { isDeeperThan } from './json-depth.ts';
import { parseErrorData } from './message-schemas.ts';

/** Deeper than any answer of a vendor, and less than what a walk through a value can take. */
const mostDepth = 500;

interface OpenRequest {
  settle: { resolve(reply: JsonValue): void; reject(error: unknown): void };
  onCallback: HostCallback;
  /** The callbacks whose reply is awaited; ids rise, so that none comes twice. */
  waiting: number;
  lastCallback: number;
  callbacks: number;
}

/** The requests that are with one process. What the process says is checked against what was asked. */
export interface OpenRequests {
  ask(text: string, onCallback: HostCallback, signal: AbortSignal): Promise<JsonValue>;
  /** Resolves when the process is known not to be blocked: at once, but after a request was given up. */
  clear(): Promise<void>;
  /** A frame from the process. */
  handle(frame: Frame): void;
  /** Nothing more comes. */
  fail(end: HostEnd, detail: string): void;
}

export function createOpenRequests(options: {
  name: string;
  limits: HostLimits;
  timers: HostTimers;
  send: (frame: Frame) => void;
  kill: (end: HostEnd) => void;
}): OpenRequests {
  const { name, limits, timers, send, kill } = options;
  const open = new Map<number, OpenRequest>();
  /** Requests that were given up, until the process says that it has heard. */
  const cancelled = new Map<number, () => void>();
  let lastRequest = 0;
  let stray = 0;
  let over: { end: HostEnd; detail: string } | undefined;

  let doubt: PromiseWithResolvers<void> | undefined;

  const dispel = () => {
    if (cancelled.size > 0) return;
    doubt?.resolve();
    doubt = undefined;
  };

  const giveUp = (request: number) => {
    open.delete(request);
    send({ kind: frameKinds.cancel, request, callback: 0, body: '' });
    doubt ??= Promise.withResolvers();
    // Code that awaits something hears at once; code that computes does not, and nothing else ends it.
    cancelled.set(
      request,
      timers.after(limits.graceMs, () => kill('hung')),
    );
  };

  const answerCallback = async (id: number, callback: number, mine: OpenRequest, call: JsonValue) => {
    let body: string;
    try {
      body = encodeMessage(await mine.onCallback(call), 'to-code');
    } catch (error) {
      // Never the caller's: callbacks do not reject. A reply that is too large is the code's to hear of.
      const { code, message } = OnceoverError.isInstance(error) ? error : { code: 'unexpected', message: '' };
      const data = { class: 'ValidationError', code, message, logMessage: message, retry: 'never' };
      body = JSON.stringify({ kind: 'error', error: data });
    }
    mine.waiting -= 1;
    if (open.get(id) === mine) send({ kind: frameKinds.answer, request: id, callback, body });
  };

  const handleCallback = (id: number, callback: number, body: string, mine: OpenRequest) => {
    mine.callbacks += 1;
    mine.waiting += 1;
    if (mine.callbacks > limits.callbacks || mine.waiting > limits.openCallbacks) return kill('flood');
    if (callback <= mine.lastCallback) return kill('forged');
    mine.lastCallback = callback;
    void answerCallback(id, callback, mine, decodeMessage(body));
  };

  return {
    async ask(text, onCallback, signal) {
      if (over !== undefined) throw hostExited(name, over.end, over.detail);
      if (signal.aborted) throw hostDeadline(signal.reason);
      const { promise, ...settle } = Promise.withResolvers<JsonValue>();
      lastRequest += 1;
      const id = lastRequest;
      open.set(id, { settle, onCallback, waiting: 0, lastCallback: 0, callbacks: 0 });
      const onAbort = () => {
        giveUp(id);
        settle.reject(hostDeadline(signal.reason));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      send({ kind: frameKinds.request, request: id, callback: 0, body: text });
      try {
        return await promise;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    clear: () => doubt?.promise ?? Promise.resolve(),
    handle({ kind, request, callback, body }) {
      if (isDeeperThan(body, mostDepth)) return kill('forged');
      if (kind === frameKinds.pong) {
        cancelled.get(request)?.();
        cancelled.delete(request);
        return dispel();
      }
      if (!isFromProcess(kind)) return kill('forged');
      const mine = open.get(request);
      if (mine === undefined) {
        stray += 1;
        // An answer may cross with its cancellation; an answer to what was never asked cannot.
        if (request === 0 || request > lastRequest) kill('forged');
        else if (stray > limits.strayFrames) kill('flood');
        return;
      }
      switch (kind) {
        case frameKinds.reply: {
          const reply = decodeMessage(body);
          open.delete(request);
          return mine.settle.resolve(reply);
        }
        case frameKinds.unsendable: {
          const { code, message } = parseErrorData(body);
          open.delete(request);
          return mine.settle.reject(
            new ValidationError(message, { code: code === 'host_message' ? code : 'host_reply' }),
          );
        }
        case frameKinds.callback:
          return handleCallback(request, callback, body, mine);
      }
    },
    fail(end, detail) {
      over = { end, detail };
      for (const stop of cancelled.values()) stop();
      cancelled.clear();
      dispel();
      for (const { settle } of open.values()) settle.reject(hostExited(name, end, detail));
      open.clear();
    },
  };
}

const fromProcess = [frameKinds.reply, frameKinds.unsendable, frameKinds.callback] as const;

function isFromProcess(kind: number): kind is (typeof fromProcess)[number] {
  return fromProcess.some((one) => one === kind);
}

import { Dispatcher, errors } from 'undici';
import { type SandboxAnswer, type SandboxRequest } from '../sandbox/index.ts';

/** Answers a request without a network. What it throws is what the client sees as the failed request's cause. */
export type Answering = (request: SandboxRequest & { origin: string }) => Promise<SandboxAnswer>;

/**
 * An undici dispatcher that opens no socket: undici's own clients are invisible to msw, so a client under test is
 * given this one. Aborting and `headersTimeout` work as with a real connection; an answering function that throws
 * rejects the request and never becomes a 500.
 */
export class AnswerDispatcher extends Dispatcher {
  readonly #answer: Answering;

  constructor(answer: Answering) {
    super();
    this.#answer = answer;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const controller = new DispatchControl((error) => handler.onResponseError?.(controller, error));
    handler.onRequestStart?.(controller, {});
    if (!controller.aborted) void this.#run(options, handler, controller);
    return true;
  }

  async #run(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    controller: DispatchControl,
  ): Promise<void> {
    const timeoutMs = options.headersTimeout ?? 300_000;
    const timer =
      timeoutMs > 0
        ? setTimeout(() => controller.abort(new errors.HeadersTimeoutError()), timeoutMs).unref()
        : undefined;
    try {
      const answer = await this.#answer(await readRequest(options));
      if (controller.aborted) return;
      controller.finish(answer);
      handler.onResponseStart?.(controller, answer.status, headerLists(answer), '');
      if (answer.body !== '') handler.onResponseData?.(controller, Buffer.from(answer.body));
      handler.onResponseEnd?.(controller, {});
    } catch (error) {
      if (!controller.aborted) controller.abort(error instanceof Error ? error : new Error(String(error)));
    } finally {
      clearTimeout(timer);
    }
  }

  override close(callback?: () => void): Promise<void> {
    callback?.();
    return Promise.resolve();
  }

  override destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> {
    if (typeof error === 'function') error();
    callback?.();
    return Promise.resolve();
  }
}

class DispatchControl implements Dispatcher.DispatchController {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: Buffer[] = [];
  readonly #onAbort: (error: Error) => void;
  #finished = false;

  constructor(onAbort: (error: Error) => void) {
    this.#onAbort = onAbort;
  }

  abort(reason: Error): void {
    if (this.aborted || this.#finished) return;
    this.aborted = true;
    this.reason = reason;
    this.#onAbort(reason);
  }

  /** From here on the answer counts. undici's fetch reads the raw headers, its other clients the parsed ones. */
  finish(answer: SandboxAnswer): void {
    this.#finished = true;
    this.rawHeaders = answer.headers.flat().map((text) => Buffer.from(text));
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

async function readRequest(
  options: Dispatcher.DispatchOptions,
): Promise<SandboxRequest & { origin: string }> {
  const at = options.path.indexOf('?');
  return {
    origin: String(options.origin ?? ''),
    method: options.method,
    path: at === -1 ? options.path : options.path.slice(0, at),
    query: at === -1 ? '' : options.path.slice(at + 1),
    headers: readHeaders(options.headers),
    body: await readBody(options.body),
  };
}

function readHeaders(headers: Dispatcher.DispatchOptions['headers']): Record<string, string> {
  const pairs: [string, unknown][] = [];
  if (Array.isArray(headers)) {
    const flat = headers as readonly unknown[];
    for (let index = 0; index + 1 < flat.length; index += 2) {
      pairs.push([String(flat[index]), flat[index + 1]]);
    }
  } else if (headers !== null && headers !== undefined) {
    const iterable = Symbol.iterator in headers;
    pairs.push(...(iterable ? (headers as Iterable<[string, unknown]>) : Object.entries(headers)));
  }
  return Object.fromEntries(
    pairs.flatMap(([name, value]) =>
      value === undefined || value === null
        ? []
        : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : (value as string)]],
    ),
  );
}

async function readBody(body: unknown): Promise<string> {
  if (body === null || body === undefined) return '';
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body as AsyncIterable<Uint8Array | string>) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString('utf8');
  }
  throw new TypeError('This kind of body cannot be answered without a network');
}

/** A header that occurs more than once keeps all its values. */
function headerLists(answer: SandboxAnswer): Record<string, string | string[]> {
  const lists: Record<string, string | string[]> = {};
  for (const [name, value] of answer.headers) {
    const key = name.toLowerCase();
    const known = lists[key];
    lists[key] = known === undefined ? value : [...[known].flat(), value];
  }
  return lists;
}

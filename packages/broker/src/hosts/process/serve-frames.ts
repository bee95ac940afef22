import type { Socket } from 'node:net';
import { errorToData, type HostedModule, type JsonValue } from '@onceover/contract/hosting';
import { decodeMessage, encodeMessage, maxBytesToCode } from '../codec.ts';
import { createFrameReader, encodeFrame, frameKinds } from '../frames.ts';

interface OpenRequest {
  abort: AbortController;
  /** Callbacks whose reply is awaited. */
  waiting: Map<number, PromiseWithResolvers<JsonValue>>;
}

/**
 * Answers the host's frames with what the code says. The code runs in this same realm and may do as it likes with
 * everything here: whatever it sends, the host treats as its word.
 */
export function serveFrames(pipe: Socket, load: (text: string) => Promise<HostedModule>): void {
  const open = new Map<number, OpenRequest>();
  let module: HostedModule | undefined;
  let lastCallback = 0;

  const send = (kind: number, request = 0, body = '', callback = 0) =>
    void pipe.write(encodeFrame({ kind, request, callback, body }));
  const complain = (kind: number, request: number, error: unknown) =>
    send(kind, request, JSON.stringify(errorToData(error)));

  const start = async (text: string) => {
    try {
      module = await load(text);
      send(frameKinds.ready);
    } catch (error) {
      complain(frameKinds.failed, 0, error);
    }
  };

  const answer = async (request: number, text: string) => {
    const mine: OpenRequest = { abort: new AbortController(), waiting: new Map() };
    open.set(request, mine);
    const call = async (message: JsonValue): Promise<JsonValue> => {
      const body = encodeMessage(message, 'from-code');
      mine.abort.signal.throwIfAborted();
      lastCallback += 1;
      const callback = lastCallback;
      const reply = Promise.withResolvers<JsonValue>();
      mine.waiting.set(callback, reply);
      send(frameKinds.callback, request, body, callback);
      return reply.promise;
    };
    const reply = await ask(decodeMessage(text), call, mine.abort.signal);
    if (!open.delete(request)) return;
    try {
      send(frameKinds.reply, request, encodeMessage(reply, 'from-code'));
    } catch (error) {
      complain(frameKinds.unsendable, request, error);
    }
  };

  const ask = async (
    message: JsonValue,
    call: (message: JsonValue) => Promise<JsonValue>,
    signal: AbortSignal,
  ): Promise<JsonValue> => {
    try {
      if (module === undefined) throw new Error('Nothing is loaded');
      return await module.handle(message, call, signal);
    } catch (error) {
      return { kind: 'error', error: { ...errorToData(error) } };
    }
  };

  const cancel = (request: number) => {
    const mine = open.get(request);
    open.delete(request);
    mine?.abort.abort(new DOMException('The call was given up', 'AbortError'));
    for (const { promise, reject } of mine?.waiting.values() ?? []) {
      // Nobody may be waiting for it: that must not end the process.
      promise.catch(() => undefined);
      reject(mine?.abort.signal.reason);
    }
    send(frameKinds.pong, request);
  };

  const read = createFrameReader(maxBytesToCode);
  pipe.on('data', (chunk: Buffer) => {
    for (const { kind, request, callback, body } of read(chunk)) {
      if (kind === frameKinds.request) void answer(request, body);
      else if (kind === frameKinds.cancel) cancel(request);
      else if (kind === frameKinds.ping) send(frameKinds.pong);
      else if (kind === frameKinds.load) void start(body);
      else if (kind === frameKinds.answer) {
        const waiting = open.get(request)?.waiting;
        waiting?.get(callback)?.resolve(decodeMessage(body));
        waiting?.delete(callback);
      }
    }
  });
}

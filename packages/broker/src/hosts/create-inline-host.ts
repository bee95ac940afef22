import {
  errorToData,
  type HostedModule,
  type JsonValue,
  OnceoverError,
  UpstreamError,
} from '@onceover/contract';
import { throughWire } from './codec.ts';
import type { Host } from './host.ts';

/**
 * Holds code in this process: for tests and debugging. It holds nothing back, yet speaks the same messages as a host
 * that does. The module is loaded at the first request.
 */
export function createInlineHost(load: () => Promise<HostedModule>): Host {
  let module: Promise<HostedModule> | undefined;
  let isClosed = false;
  return {
    level: 'inline',
    async request(message, onCallback, signal) {
      if (isClosed) throw new OnceoverError('The host is closed', { code: 'host_closed', retry: 'later' });
      const received = throughWire(message, 'to-code');
      module ??= load().catch((error: unknown) => {
        module = undefined;
        throw error;
      });
      const reply = answer(module, received, onCallback, signal);
      return throughWire(await beforeAbort(reply, signal), 'from-code');
    },
    async close() {
      isClosed = true;
    },
  };
}

async function answer(
  loading: Promise<HostedModule>,
  message: JsonValue,
  onCallback: (call: JsonValue) => Promise<JsonValue>,
  signal: AbortSignal,
): Promise<JsonValue> {
  try {
    const module = await loading;
    return await module.handle(
      message,
      async (call) => throughWire(await onCallback(throughWire(call, 'from-code')), 'to-code'),
      signal,
    );
  } catch (error) {
    // Through JSON, because its optional fields may be undefined.
    return throughWire({ kind: 'error', error: errorToData(error) }, 'from-code');
  }
}

/** Settles with the promise, or rejects as soon as the signal fires: code that hangs keeps nobody waiting. */
async function beforeAbort<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () =>
    aborted.reject(
      new UpstreamError('The code did not answer in time, or the call was given up', {
        code: 'host_deadline',
        cause: signal.reason,
      }),
    );
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Manifest } from '@onceover/contract';

/** A request on its way to the vendor's stand-in. */
export interface SeenRequest {
  method: string;
  path: string;
}

/** Stands between a broker and a connector's sandbox: counts, lets tokens expire, and stops at a request. */
export interface VendorProxy extends AsyncDisposable {
  origin: string;
  /** Requests that were made so far. */
  count(isMeant: (request: SeenRequest) => boolean): number;
  /**
   * From now on no access token that the token endpoint gave and that was used before is taken: the sandbox sees another
   * one, and gives its own refusal.
   */
  expireTokens(): void;
  /**
   * Called once, at the next request that is meant, before or after the sandbox has dealt with it; its answer is
   * dropped. Returns what takes it back.
   */
  interrupt(at: 'before' | 'after', isMeant: (request: SeenRequest) => boolean, then: () => void): () => void;
  /** Bodies of the sandbox's answers to requests that are meant, from now on. */
  answersTo(isMeant: (request: SeenRequest) => boolean): { bodies: readonly string[]; stop(): void };
}

interface Interruption {
  at: 'before' | 'after';
  isMeant: (request: SeenRequest) => boolean;
  then: () => void;
}

export async function startVendorProxy(
  sandboxUrl: string,
  { credential, tokenUrl }: Pick<Manifest['auth'], 'credential' | 'tokenUrl'>,
): Promise<VendorProxy> {
  const header = credential.header.toLowerCase();
  const tokenPath = pathOf(tokenUrl);
  const seen: SeenRequest[] = [];
  const used = new Set<string>();
  const granted: string[] = [];
  let expired = new Set<string>();
  let interruption: Interruption | undefined;
  const readers = new Set<{ isMeant: (request: SeenRequest) => boolean; bodies: string[] }>();

  const answer = async (message: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/' } = message;
    const request = { method, path: url.split('?', 1)[0] ?? '' };
    seen.push(request);
    const stop = interruption?.isMeant(request) === true ? interruption : undefined;
    if (stop !== undefined) interruption = undefined;
    if (stop?.at === 'before') return drop(stop, response);
    const headers = new Headers();
    for (const [name, value] of Object.entries(message.headers)) {
      if (value !== undefined && !hopByHop.has(name)) headers.set(name, String(value));
    }
    // At the token endpoint the same header may hold our client's credential.
    const token = request.path === tokenPath ? null : headers.get(header);
    if (token !== null) {
      used.add(token);
      if (expired.has(token))
        headers.set(header, credential.format.replace('{accessToken}', 'expired-token'));
    }
    const body = await buffer(message);
    const given = await fetch(`${sandboxUrl}${url}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    const content = Buffer.from(await given.arrayBuffer());
    if (request.path === tokenPath) granted.push(content.toString('utf8'));
    for (const { isMeant, bodies } of readers) if (isMeant(request)) bodies.push(content.toString('utf8'));
    if (stop !== undefined) return drop(stop, response);
    response.statusCode = given.status;
    for (const [name, value] of given.headers) if (!hopByHop.has(name)) response.appendHeader(name, value);
    response.end(content);
  };
  const server = createServer((message, response) => {
    answer(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    // A TCP server's address is an AddressInfo.
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: (isMeant) => seen.filter(isMeant).length,
    expireTokens() {
      const isGranted = (value: string) =>
        granted.some((body) => body.includes(`"${tokenIn(value, credential)}"`));
      expired = new Set([...used].filter(isGranted));
    },
    interrupt(at, isMeant, then) {
      const own = { at, isMeant, then };
      interruption = own;
      return () => {
        if (interruption === own) interruption = undefined;
      };
    },
    answersTo(isMeant) {
      const reader = { isMeant, bodies: [] as string[] };
      readers.add(reader);
      return { bodies: reader.bodies, stop: () => void readers.delete(reader) };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The access token of a header that was formatted with it. */
function tokenIn(value: string, { format }: Manifest['auth']['credential']): string {
  const [before = '', after = ''] = format.split('{accessToken}');
  return value.slice(before.length, value.length - after.length);
}

/** A manifest's URL may name variables of its host. */
export function pathOf(url: string): string {
  return new URL(url.replaceAll(/[{}]/g, '')).pathname;
}

function drop({ then }: Interruption, response: ServerResponse): void {
  then();
  response.destroy();
}

/** What belongs to one connection; content is decoded here. */
const hopByHop = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
]);

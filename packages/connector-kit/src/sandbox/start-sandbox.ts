import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerControl } from './control-routes.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './create-sandbox.ts';
import { isLoopback } from './deliver.ts';
import type { SandboxDefinition } from './sandbox-definition.ts';
import {
  DroppedAnswerError,
  jsonAnswer,
  type SandboxAnswer,
  type SandboxRequest,
  UnhandledRequestError,
} from './sandbox-exchange.ts';

const longestBodyBytes = 8 * 1024 * 1024;

/** A vendor fake that listens. */
export interface RunningSandbox {
  /** `http://127.0.0.1:<port>`: what a connection's `origin` is set to. */
  readonly url: string;
  readonly accessToken: string;
  readonly webhookSecret: string;
  readonly sandbox: Sandbox;
  /** Ends all connections and the server. */
  close(): Promise<void>;
}

/**
 * Starts a vendor fake on loopback.
 * @param options.port 0 (the default) takes a free one
 * @throws {RangeError} when `host` is not loopback
 */
export async function startSandbox<State>(
  definition: SandboxDefinition<State>,
  { port = 0, host = '127.0.0.1', ...options }: SandboxOptions & { port?: number; host?: string } = {},
): Promise<RunningSandbox> {
  if (!isLoopback(host)) throw new RangeError(`A sandbox listens on loopback alone, not on ${host}`);
  const sandbox = createSandbox(definition, options);
  const server = createServer((message, response) => void serve(sandbox, message, response));
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  // A TCP server's address is an AddressInfo.
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    accessToken: sandbox.accessToken,
    webhookSecret: sandbox.webhookSecret,
    sandbox,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

async function serve(sandbox: Sandbox, message: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const request = await readRequest(message);
    const answer = request.path.startsWith('/_sandbox/')
      ? await answerControl(sandbox, request)
      : await sandbox.answer(request);
    write(response, answer);
  } catch (error) {
    if (error instanceof DroppedAnswerError) {
      response.socket?.destroy();
    } else if (error instanceof UnhandledRequestError) {
      write(response, jsonAnswer(501, { error: error.message }));
    } else {
      write(response, jsonAnswer(500, { error: `The sandbox itself failed: ${String(error)}` }));
    }
  }
}

async function readRequest(message: IncomingMessage): Promise<SandboxRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longestBodyBytes) throw new RangeError('The body is longer than 8 MiB');
    chunks.push(chunk);
  }
  const target = message.url ?? '/';
  const at = target.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: message.method ?? 'GET',
    path: at === -1 ? target : target.slice(0, at),
    query: at === -1 ? '' : target.slice(at + 1),
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function write(response: ServerResponse, answer: SandboxAnswer): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) response.appendHeader(name, value);
  response.end(answer.body);
}

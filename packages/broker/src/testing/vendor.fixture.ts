import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Answers one request; `request` is whole. */
export type VendorHandler = (request: SeenRequest, response: ServerResponse) => void;

export interface Vendor extends AsyncDisposable {
  origin: string;
  /** Every request that arrived, in order. */
  requests: SeenRequest[];
  /** Answers from now on. */
  handle: VendorHandler;
}

export const answerJson =
  (status: number, body: unknown, headers: Record<string, string> = {}): VendorHandler =>
  (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

/** A real HTTP server on loopback. */
export async function startVendor(handle: VendorHandler = answerJson(200, {})): Promise<Vendor> {
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
    vendor.requests.push(request);
    vendor.handle(request, response);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const vendor: Vendor = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    handle,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
  return vendor;
}

import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A front before a vendor fake: it delays answers, so that kills find calls in flight, and counts them. */
export interface SlowFront {
  url: string;
  /** Writes whose effect has happened at the fake and whose answer has not reached the runner. */
  writesInFlight(): number;
  close(): Promise<void>;
}

export async function startSlowFront(target: string, delayMs: () => number): Promise<SlowFront> {
  const { hostname, port } = new URL(target);
  let writesInFlight = 0;
  const server = createServer((incoming, outgoing) => {
    const isWrite = incoming.method !== 'GET';
    if (isWrite) writesInFlight += 1;
    let counted = isWrite;
    const settle = () => {
      if (counted) writesInFlight -= 1;
      counted = false;
    };
    outgoing.on('close', settle);
    const forward = httpRequest(
      { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          setTimeout(() => {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            outgoing.end(Buffer.concat(chunks));
          }, delayMs());
        });
      },
    );
    forward.on('error', () => outgoing.destroy());
    incoming.pipe(forward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is an AddressInfo.
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    writesInFlight: () => writesInFlight,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/**
 * The vendor of (b): answers HubSpot's batch upsert at once, and notes when each business key arrived. `GET /arrivals`
 * gives and forgets `[key, epoch milliseconds]` pairs. An argument is the time that an answer takes, in milliseconds.
 */
const inputsSchema = z.object({
  inputs: z.array(z.object({ id: z.string(), objectWriteTraceId: z.string().optional() })),
});
const delayMs = Number(process.argv[2] ?? 0);
let arrivals: [string, number][] = [];
let lastId = 0;

const server = createServer((request, response) => {
  if (request.url === '/arrivals') {
    response.end(JSON.stringify(arrivals));
    arrivals = [];
    return;
  }
  const at = performance.timeOrigin + performance.now();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { inputs } = inputsSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    const now = new Date().toISOString();
    const results = inputs.map(({ id, objectWriteTraceId }) => {
      arrivals.push([id, at]);
      lastId += 1;
      return {
        id: String(lastId),
        new: true,
        archived: false,
        createdAt: now,
        updatedAt: now,
        properties: { email: id, hs_object_id: String(lastId) },
        ...(objectWriteTraceId === undefined ? {} : { objectWriteTraceId }),
      };
    });
    response.setHeader('content-type', 'application/json;charset=utf-8');
    const answer = () =>
      response.end(JSON.stringify({ status: 'COMPLETE', startedAt: now, completedAt: now, results }));
    if (delayMs === 0) answer();
    else setTimeout(answer, delayMs);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  // A TCP server's address is an AddressInfo.
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`instant vendor at http://127.0.0.1:${port}\n`);
});
process.on('SIGTERM', () => process.exit(0));

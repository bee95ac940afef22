import { Pool } from 'undici';
import type { SignedBody } from './signed-bodies.ts';

/** How fast a target takes bodies when `inFlight` requests are always under way. @returns requests per second */
export async function saturate(options: {
  url: string;
  path: string;
  bodies: readonly SignedBody[];
  inFlight: number;
}): Promise<number> {
  const { bodies, path, inFlight } = options;
  const pool = new Pool(options.url, { connections: inFlight, pipelining: 1 });
  const queue = bodies.values();
  const startedAt = performance.now();
  const sender = async () => {
    for (const { body, headers } of queue) await post(pool, path, body, headers);
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
  const seconds = (performance.now() - startedAt) / 1000;
  await pool.close();
  return bodies.length / seconds;
}

/**
 * Open loop: bodies leave at their planned moments whether earlier ones were answered or not.
 * @returns the planned moment of each body by its business key, in epoch milliseconds
 */
export async function sendAtRate(options: {
  url: string;
  path: string;
  bodies: readonly SignedBody[];
  perSecond: number;
}): Promise<ReadonlyMap<string, number>> {
  const { bodies, path, perSecond } = options;
  const pool = new Pool(options.url, { connections: 64, pipelining: 1 });
  const planned = new Map<string, number>();
  const startAt = performance.timeOrigin + performance.now() + 50;
  const pending: Promise<void>[] = [];
  for (const [index, { email, body, headers }] of bodies.entries()) {
    const at = startAt + (index * 1000) / perSecond;
    planned.set(email, at);
    for (;;) {
      const waitMs = at - (performance.timeOrigin + performance.now());
      if (waitMs <= 0) break;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    pending.push(post(pool, path, body, headers));
  }
  await Promise.all(pending);
  await pool.close();
  return planned;
}

async function post(pool: Pool, path: string, body: string, headers: Record<string, string>): Promise<void> {
  const answer = await pool.request({ method: 'POST', path, body, headers });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`The target answered ${answer.statusCode}: ${text}`);
}

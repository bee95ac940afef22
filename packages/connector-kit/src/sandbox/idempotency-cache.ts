import { createHash } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { SandboxAnswer, SandboxRequest } from './sandbox-exchange.ts';

/** How a vendor keeps requests with an idempotency key single. */
export interface IdempotencyFacts {
  /** Request header that carries the key. */
  header: string;
  /** How long a key is remembered. */
  hours: number;
  /** Which requests honour it. */
  applies(request: SandboxRequest): boolean;
  /** Header of an answer that is repeated. */
  repeated?: readonly [name: string, value: string];
  /** Header of the first answer under a key. */
  first?: readonly [name: string, value: string];
  /** Answer to a known key with another request. */
  mismatch(): SandboxAnswer;
  /** Answer to a key whose first request is still being worked on. */
  inProgress(): SandboxAnswer;
  /** Which answers are remembered; all but 401, 409 and 429 unless said otherwise. */
  remembers?(answer: SandboxAnswer): boolean;
}

export interface IdempotencyCache {
  /** Answers from memory, or runs `work` and remembers its answer (a 5xx too, as vendors do). */
  answer(request: SandboxRequest, work: () => Promise<SandboxAnswer>): Promise<SandboxAnswer>;
  clear(): void;
}

interface Remembered {
  hash: string;
  expiresAt: number;
  answer: SandboxAnswer | undefined;
}

const notRemembered = new Set([401, 409, 429]);

export function createIdempotencyCache(facts: IdempotencyFacts | undefined, clock: Clock): IdempotencyCache {
  const known = new Map<string, Remembered>();
  return {
    async answer(request, work) {
      const key = facts === undefined ? undefined : request.headers[facts.header.toLowerCase()];
      if (facts === undefined || key === undefined || !facts.applies(request)) return work();
      const hash = createHash('sha256')
        .update(JSON.stringify([request.method, request.path, request.query, request.body]))
        .digest('hex');
      const now = clock.now().getTime();
      const earlier = known.get(key);
      if (earlier !== undefined && earlier.expiresAt > now) {
        if (earlier.hash !== hash) return facts.mismatch();
        if (earlier.answer === undefined) return facts.inProgress();
        return withHeader(earlier.answer, facts.repeated);
      }
      const entry: Remembered = { hash, expiresAt: now + facts.hours * 3_600_000, answer: undefined };
      known.set(key, entry);
      try {
        const answer = await work();
        if (facts.remembers?.(answer) ?? !notRemembered.has(answer.status)) entry.answer = answer;
        else known.delete(key);
        return withHeader(answer, facts.first);
      } catch (error) {
        known.delete(key);
        throw error;
      }
    },
    clear() {
      known.clear();
    },
  };
}

function withHeader(answer: SandboxAnswer, header: readonly [string, string] | undefined): SandboxAnswer {
  return header === undefined ? answer : { ...answer, headers: [...answer.headers, header] };
}

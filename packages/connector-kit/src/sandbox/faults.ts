import { z } from 'zod';
import type { SandboxRequest } from './sandbox-exchange.ts';

/**
 * A fault to inject. `match` is compared with `METHOD /path`: a method before a space, `{name}` for one segment, `*`
 * for anything; what starts with `/` is a prefix unless it ends in `$`, other text may stand anywhere in the path.
 */
export const faultSchema = z
  .strictObject({
    match: z.string().min(1),
    /** Answered with the vendor's own error body instead of the effect. */
    status: z.number().int().min(200).max(599).optional(),
    /** Headers of that answer, besides the vendor's own; null removes one. */
    headers: z.record(z.string(), z.string().nullable()).optional(),
    /** With `status`: the effect happens all the same. */
    effect: z.boolean().optional(),
    delayMs: z.number().nonnegative().max(600_000).optional(),
    /** The connection breaks: before the effect, or after it and before the answer. */
    drop: z.enum(['before', 'after']).optional(),
    /** How many requests it hits. */
    times: z.number().int().positive().default(1),
  })
  .refine(
    ({ status, delayMs, drop }) => status !== undefined || delayMs !== undefined || drop !== undefined,
    {
      message: 'a fault has a status, a delayMs or a drop',
    },
  );
export type Fault = z.infer<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;

export interface Faults {
  add(fault: FaultInput): void;
  /** The first fault that hits the request, used up by one. */
  take(request: SandboxRequest, kind: 'transport' | 'status'): Fault | undefined;
  pending(): readonly Fault[];
  clear(): void;
}

export function createFaults(): Faults {
  let faults: (Fault & { pattern: RegExp })[] = [];
  return {
    add(input) {
      const fault = faultSchema.parse(input);
      faults.push({ ...fault, pattern: patternOf(fault.match) });
    },
    take(request, kind) {
      const found = faults.find(
        (fault) =>
          (fault.status === undefined ? 'transport' : 'status') === kind &&
          fault.pattern.test(`${request.method} ${request.path}`),
      );
      if (found === undefined) return undefined;
      found.times -= 1;
      if (found.times === 0) faults = faults.filter((fault) => fault !== found);
      return found;
    },
    pending: () => faults.map(({ pattern: _pattern, ...fault }) => fault),
    clear() {
      faults = [];
    },
  };
}

function patternOf(match: string): RegExp {
  const [, method, rest = match] = /^([A-Z]+|\*) (.+)$/.exec(match) ?? [];
  const isExact = rest.endsWith('$');
  const path = isExact ? rest.slice(0, -1) : rest;
  const source = path
    .split(/(\*|\{[^}]*\})/)
    .map((part) =>
      part === '*' ? '.*' : part.startsWith('{') ? '[^/]+' : part.replace(/[$()+.?[\\\]^{|}]/g, '\\$&'),
    )
    .join('');
  const verb = method === undefined || method === '*' ? '[A-Z]+' : method;
  return new RegExp(`^${verb} ${path.startsWith('/') ? '' : '.*'}${source}${isExact ? '$' : ''}`);
}

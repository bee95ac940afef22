import { z } from 'zod';

/**
 * How an operation keeps an effect single at the vendor. `idempotencyKey`, `naturalKey` and `conditional` are
 * class A (no duplicates), `lookup` class B (none under a crash), `none` class C (at most once; in doubt a human).
 */
export type Guarantee =
  | { kind: 'idempotencyKey'; header: string; hours: number; then?: Guarantee | undefined }
  | { kind: 'naturalKey'; field: string }
  | { kind: 'conditional'; header: string }
  | { kind: 'lookup'; field: string; lagSeconds: number }
  | { kind: 'none' };

export type GuaranteeClass = 'A' | 'B' | 'C';

export const guaranteeSchema: z.ZodType<Guarantee> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('idempotencyKey'),
    header: z.string().min(1),
    hours: z.number().positive(),
    get then() {
      return guaranteeSchema.optional();
    },
  }),
  z.strictObject({ kind: z.literal('naturalKey'), field: z.string().min(1) }),
  z.strictObject({ kind: z.literal('conditional'), header: z.string().min(1) }),
  z.strictObject({
    kind: z.literal('lookup'),
    field: z.string().min(1),
    lagSeconds: z.number().nonnegative(),
  }),
  z.strictObject({ kind: z.literal('none') }),
]);

/**
 * The vendor remembers a key sent in `header` for `hours` after its first use and answers a repeat with the first
 * answer. The broker sets the header. Past that life `then` holds, or a human is asked.
 */
export function idempotencyKey(options: { header: string; hours: number; then?: Guarantee }): Guarantee {
  return { kind: 'idempotencyKey', ...options };
}

/** The vendor itself finds the record by this field and creates or updates it: sending again is harmless. */
export function naturalKey(field: string): Guarantee {
  return { kind: 'naturalKey', field };
}

/** The write carries the state it assumes (If-Match and the like) in this header. */
export function conditional(header: string): Guarantee {
  return { kind: 'conditional', header };
}

/**
 * The record carries our key in a searchable field: look before writing and after losing an answer. `lagSeconds`
 * is how long the vendor's search may lag behind its own writes. The operation must implement `lookup`.
 */
export function lookup(field: string, options: { lagSeconds: number }): Guarantee {
  return { kind: 'lookup', field, lagSeconds: options.lagSeconds };
}

/** Nothing: at most once, and a human decides when the outcome is unknown. */
export function none(): Guarantee {
  return { kind: 'none' };
}

/** The guarantee that holds when the first send of the write is `ageHours` old. */
export function guaranteeAt(guarantee: Guarantee, ageHours: number): Guarantee {
  if (guarantee.kind !== 'idempotencyKey' || ageHours < guarantee.hours) return guarantee;
  return guarantee.then === undefined ? none() : guaranteeAt(guarantee.then, ageHours);
}

export function guaranteeClass(guarantee: Guarantee, ageHours = 0): GuaranteeClass {
  const { kind } = guaranteeAt(guarantee, ageHours);
  if (kind === 'none') return 'C';
  return kind === 'lookup' ? 'B' : 'A';
}

/** The first `lookup` in the chain, if any: what resolves a lost answer. */
export function lookupOf(guarantee: Guarantee): (Guarantee & { kind: 'lookup' }) | undefined {
  if (guarantee.kind === 'lookup') return guarantee;
  return guarantee.kind === 'idempotencyKey' && guarantee.then !== undefined
    ? lookupOf(guarantee.then)
    : undefined;
}

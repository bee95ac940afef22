import { z } from 'zod';
import type { ErrorData } from './errors.ts';

/** The outcomes of an effect, and no other words. The first three together are `applied`. */
export const outcomes = ['created', 'updated', 'unchanged', 'failed', 'outcome_unknown'] as const;
export type Outcome = (typeof outcomes)[number];
export type AppliedOutcome = 'created' | 'updated' | 'unchanged';

/** What became of one record of a write, as the operation reads it from the vendor's answer. */
export type RecordOutcome =
  | {
      outcome: AppliedOutcome;
      /** The vendor's id of the record. */
      vendorId: string;
    }
  | { outcome: 'failed'; error: ErrorData }
  /** The vendor's answer does not tell. */
  | { outcome: 'outcome_unknown'; reason: string };

const errorDataSchema: z.ZodType<ErrorData> = z.object({
  class: z.string(),
  code: z.string(),
  message: z.string(),
  logMessage: z.string(),
  retry: z.union([z.enum(['never', 'later']), z.object({ afterMs: z.number().nonnegative() })]),
  path: z.string().optional(),
  status: z.number().optional(),
  required: z.array(z.string()).optional(),
  granted: z.array(z.string()).optional(),
}) as z.ZodType<ErrorData>;

export const recordOutcomeSchema: z.ZodType<RecordOutcome> = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.enum(['created', 'updated', 'unchanged']), vendorId: z.string().min(1) }),
  z.strictObject({ outcome: z.literal('failed'), error: errorDataSchema }),
  z.strictObject({ outcome: z.literal('outcome_unknown'), reason: z.string() }),
]);

export function isApplied(outcome: Outcome | null | undefined): outcome is AppliedOutcome {
  return outcome === 'created' || outcome === 'updated' || outcome === 'unchanged';
}

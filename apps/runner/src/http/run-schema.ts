import { z } from 'zod';

/** Runs as the API shows them. Times are RFC 3339 UTC; ids are opaque strings. */

const errorSchema = z.object({ code: z.string(), message: z.string() }).nullable();

export const effectSchema = z.object({
  id: z.string(),
  connection: z.string(),
  operation: z.string(),
  naturalKey: z.string(),
  outcome: z.enum(['created', 'updated', 'unchanged', 'failed', 'outcome_unknown']).nullable(),
  guarantee: z.json(),
  class: z.enum(['A', 'B', 'C']),
  attempts: z.number().int(),
  revision: z.number().int(),
  vendorId: z.string().nullable(),
  error: errorSchema,
});

export const stepSchema = z.object({ id: z.string(), status: z.string(), effects: z.array(effectSchema) });

export const runSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  flow: z.string(),
  flowVersion: z.number().int(),
  status: z.enum(['queued', 'running', 'waiting', 'succeeded', 'dead_lettered', 'discarded']),
  waitingFor: z.enum(['retry', 'approval', 'outcome', 'timer', 'lane']).nullable(),
  key: z.string(),
  event: z.object({ id: z.string(), source: z.string(), type: z.string(), time: z.string() }),
  attempts: z.number().int(),
  isolation: z.string(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
  error: errorSchema,
  /** On one run, and in lists with `expand=steps`. */
  steps: z.array(stepSchema).optional(),
});

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    /** Give it back as `cursor`; null at the end. */
    next: z.string().nullable(),
  });
}

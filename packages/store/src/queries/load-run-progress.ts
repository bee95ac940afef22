import { defineQuery, type Queryable } from '../define-query.ts';

export interface StepRow {
  run_id: string;
  step_id: string;
  position: number;
  kind: 'read' | 'write' | 'wait' | 'emit' | 'skipped';
  input: string | null;
  output: string | null;
}

export interface EffectRow {
  run_id: string;
  step_id: string;
  iteration: number;
  position: number;
  key: string;
  step_position: number;
  record: string;
  connection: string;
  operation: string;
  natural_key: string;
  guarantee: string;
  class: 'A' | 'B' | 'C';
  revision: number;
  attempts: number;
  outcome: 'created' | 'updated' | 'unchanged' | 'failed' | 'outcome_unknown' | null;
  vendor_id: string | null;
  error: string | null;
  call: number;
  /** Null unless it carries its call, and the call is not settled. */
  write: string | null;
  reads: string | null;
  last_status: number | null;
  /** Since the call was first sent. */
  since_first_sent_ms: number | null;
  /** Since it was last sent. */
  since_sent_ms: number | null;
}

const steps = defineQuery<[string[]], StepRow>(
  'load-steps',
  `select run_id, step_id, position, kind, input, output
   from onceover.steps
   where run_id = any($1::uuid[]) order by run_id, position`,
);
const effects = defineQuery<[string[]], EffectRow>(
  'load-effects',
  `select run_id, step_id, iteration, position, key, step_position, record, connection, operation, natural_key,
          guarantee, class, revision, attempts, outcome, vendor_id, error, call, write, reads, last_status,
          extract(epoch from now() - first_sent_at)::double precision * 1000 as since_first_sent_ms,
          extract(epoch from now() - last_sent_at)::double precision * 1000 as since_sent_ms
   from onceover.effects where run_id = any($1::uuid[]) order by run_id, step_id, iteration, position`,
);

/** What was done for these runs so far. */
export async function loadRunProgress(
  db: Queryable,
  runs: string[],
): Promise<{ steps: StepRow[]; effects: EffectRow[] }> {
  return { steps: await steps.rows(db, [runs]), effects: await effects.rows(db, [runs]) };
}

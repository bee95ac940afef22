import { defineQuery, type Queryable } from '../define-query.ts';

export interface StepRow {
  run_id: string;
  step_id: string;
  position: number;
  kind: 'read' | 'write' | 'wait' | 'emit' | 'skipped';
  input: string | null;
  output: string | null;
  /** Since it was stored. */
  age_ms: number;
}

export interface EffectRow {
  run_id: string;
  step_id: string;
  iteration: number;
  position: number;
  key: string;
  call: number;
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
}

export interface CallRow {
  run_id: string;
  step_id: string;
  iteration: number;
  number: number;
  write: string;
  reads: string;
  attempts: number;
  last_status: number | null;
  /** Since it was first sent. */
  age_ms: number;
  /** Since it was last sent. */
  since_sent_ms: number;
}

const steps = defineQuery<[string[]], StepRow>(
  'load-steps',
  `select run_id, step_id, position, kind, input, output,
          extract(epoch from now() - created_at)::double precision * 1000 as age_ms
   from onceover.steps
   where run_id = any($1::uuid[]) order by run_id, position`,
);
const effects = defineQuery<[string[]], EffectRow>(
  'load-effects',
  `select run_id, step_id, iteration, position, key, call, connection, operation, natural_key, guarantee, class,
          revision, attempts, outcome, vendor_id, error
   from onceover.effects where run_id = any($1::uuid[]) order by run_id, step_id, iteration, position`,
);
const calls = defineQuery<[string[]], CallRow>(
  'load-calls',
  `select run_id, step_id, iteration, number, write, reads, attempts, last_status,
          extract(epoch from now() - first_sent_at)::double precision * 1000 as age_ms,
          extract(epoch from now() - last_sent_at)::double precision * 1000 as since_sent_ms
   from onceover.calls where run_id = any($1::uuid[]) order by run_id, step_id, iteration, number`,
);

/** What was done for these runs so far. */
export async function loadRunProgress(
  db: Queryable,
  runs: string[],
): Promise<{ steps: StepRow[]; effects: EffectRow[]; calls: CallRow[] }> {
  return {
    steps: await steps.rows(db, [runs]),
    effects: await effects.rows(db, [runs]),
    calls: await calls.rows(db, [runs]),
  };
}

/** Effects alone: what the API shows of a run. */
export async function loadEffects(
  db: Queryable,
  runs: string[],
): Promise<{ steps: StepRow[]; effects: EffectRow[] }> {
  return { steps: await steps.rows(db, [runs]), effects: await effects.rows(db, [runs]) };
}

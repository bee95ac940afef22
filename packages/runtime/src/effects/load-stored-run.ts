import { type ErrorData, type JsonValue, parseJson } from '@onceover/contract';
import type { RecordedRead, RenderedWrite } from '@onceover/broker';
import { loadRunProgress, type Store } from '@onceover/store';
import type { StoredRun, StoredStep } from './run.ts';

const none: StoredRun = { ageMs: 0, steps: new Map() };

/** What earlier attempts stored of a run. */
export async function loadStoredRun(
  store: Store,
  run: { id: string; hasSteps: boolean },
): Promise<StoredRun> {
  if (!run.hasSteps) return none;
  const { steps, effects, calls } = await loadRunProgress(store, [run.id]);
  // What we stored is what we get: the shapes are those of the rows that were written.
  const parsed = <Value>(text: string) => parseJson(text) as unknown as Value;
  const errorOf = (text: string | null) => (text === null ? null : parsed<ErrorData>(text));
  const entries = steps.map((step): [string, StoredStep] => [
    step.step_id,
    {
      kind: step.kind,
      input: step.input === null ? null : parseJson(step.input),
      output: step.output === null ? undefined : parsed<JsonValue>(step.output),
      effects: effects
        .filter((effect) => effect.step_id === step.step_id)
        .map((effect) => ({
          iteration: effect.iteration,
          position: effect.position,
          key: effect.key,
          call: effect.call,
          naturalKey: effect.natural_key,
          revision: effect.revision,
          attempts: effect.attempts,
          outcome: effect.outcome,
          vendorId: effect.vendor_id,
          error: errorOf(effect.error),
        })),
      calls: calls
        .filter((call) => call.step_id === step.step_id)
        .map((call) => ({
          iteration: call.iteration,
          number: call.number,
          write: parsed<RenderedWrite>(call.write),
          reads: parsed<readonly RecordedRead[]>(call.reads),
          attempts: call.attempts,
          lastStatus: call.last_status,
          ageMs: call.age_ms,
          sinceSentMs: call.since_sent_ms,
        })),
    },
  ]);
  return { ageMs: Math.max(0, ...steps.map(({ age_ms }) => age_ms)), steps: new Map(entries) };
}

import type { RecordedRead, RenderedWrite } from '@onceover/broker';
import { type ErrorData, type JsonValue, parseJson } from '@onceover/contract';
import { type EffectRow, loadRunProgress, type Store } from '@onceover/store';
import type { StoredEffect, StoredRun, StoredStep } from './run.ts';

const none: StoredRun = { steps: new Map() };

/** What earlier attempts stored of a run. */
export async function loadStoredRun(
  store: Store,
  run: { id: string; hasSteps: boolean },
): Promise<StoredRun> {
  if (!run.hasSteps) return none;
  const { steps, effects } = await loadRunProgress(store, [run.id]);
  const stored = new Map<string, StoredStep>();
  for (const [stepId, own] of Map.groupBy(effects, ({ step_id }) => step_id)) {
    stored.set(stepId, {
      kind: 'write',
      input: inputOf(own),
      output: undefined,
      effects: own.map(storedEffect),
    });
  }
  for (const step of steps) {
    stored.set(step.step_id, {
      kind: step.kind,
      input: step.input === null ? null : parseJson(step.input),
      output: step.output === null ? undefined : parseJson(step.output),
      effects: stored.get(step.step_id)?.effects ?? [],
    });
  }
  return { steps: stored };
}

/** A write's iterations, told by their records. */
function inputOf(effects: readonly EffectRow[]): JsonValue {
  const iterations: { connection: string; records: JsonValue[] }[] = [];
  for (const { iteration, connection, record } of effects) {
    iterations[iteration] ??= { connection, records: [] };
    iterations[iteration].records.push(parseJson(record));
  }
  return { iterations };
}

function storedEffect(row: EffectRow): StoredEffect {
  // What we stored is what we get: the shapes are those that were written.
  const parsed = <Value>(text: string) => parseJson(text) as unknown as Value;
  return {
    iteration: row.iteration,
    position: row.position,
    key: row.key,
    naturalKey: row.natural_key,
    attempts: row.attempts,
    outcome: row.outcome,
    vendorId: row.vendor_id,
    error: row.error === null ? null : parsed<ErrorData>(row.error),
    call: row.call,
    lastStatus: row.last_status,
    carried:
      row.write === null
        ? null
        : {
            write: parsed<RenderedWrite>(row.write),
            reads: parsed<readonly RecordedRead[]>(row.reads ?? '[]'),
            sinceFirstSentMs: row.since_first_sent_ms ?? 0,
            sinceSentMs: row.since_sent_ms ?? 0,
          },
  };
}

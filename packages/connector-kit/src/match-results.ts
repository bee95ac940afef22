import type { RecordOutcome } from '@onceover/contract';

/**
 * Outcomes of a batch in the records' order. Results are found by key, never by position and never by the answer's
 * status: a record that the answer does not mention, or mentions twice with different ids, is `outcome_unknown`.
 */
export function matchResults<Record_ extends { naturalKey: string }, Result>(
  records: readonly Record_[],
  results: readonly Result[],
  how: {
    /** The key that a record was sent with. */
    recordKey(record: Record_, index: number): string;
    /** The key that a result came with; undefined when it has none. */
    resultKey(result: Result): string | undefined;
    outcome(result: Result, record: Record_): RecordOutcome;
  },
): readonly RecordOutcome[] {
  const byKey = new Map<string, Result[]>();
  for (const result of results) {
    const key = how.resultKey(result);
    if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), result]);
  }
  return records.map((record, index) => {
    const found = byKey.get(how.recordKey(record, index)) ?? [];
    const outcomes = found.map((result) => how.outcome(result, record));
    const [first, ...others] = outcomes;
    if (first === undefined) return unknown('The answer does not mention this record');
    if (others.some((other) => JSON.stringify(other) !== JSON.stringify(first))) {
      return unknown('The answer says different things about this record');
    }
    return first;
  });
}

function unknown(reason: string): RecordOutcome {
  return { outcome: 'outcome_unknown', reason };
}

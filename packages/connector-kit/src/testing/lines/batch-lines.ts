import { type JsonValue, readPointer } from '@onceover/contract';
import { expect } from 'vitest';
import type { SandboxAnswer } from '../../sandbox/index.ts';
import type { WriteSample } from '../conformance-options.ts';
import { keyRecords } from '../key-records.ts';
import { createWorld, ledgerOf } from '../world.ts';
import { appliedIds, expectContract, outcomesOf } from './expectations.ts';
import { type Line, type Subject, type WriteManifest, writesOf } from './line.ts';

/** Where a call may carry several records, each has an outcome of its own. */
export function batchLines<State>(subject: Subject<State>): Line[] {
  return writesOf(subject)
    .filter(({ operation }) => operation.batch.max > 1)
    .flatMap(({ operation, sample }) => [
      {
        about: operation.name,
        name: 'it has a sample of a refused record beside at least two good ones',
        run() {
          expect(sample.records.length).toBeGreaterThan(1);
          expect(sample.batch).toBeDefined();
        },
      },
      ...(sample.batch === undefined ? [] : mappingLines(subject, operation, sample, sample.batch)),
    ]);
}

function mappingLines<State>(
  { connector, options }: Subject<State>,
  operation: WriteManifest,
  sample: WriteSample<State>,
  batch: NonNullable<WriteSample<State>['batch']>,
): Line[] {
  const about = operation.name;
  // The refused record stands in the middle, so that positions shift behind it.
  const mixed = [sample.records[0] ?? null, batch.refused.record, ...sample.records.slice(1)];
  const good = mixed.map((_, index) => index !== 1);
  const run = async (change: (body: Body) => Body) => {
    const world = await createWorld(connector, options, sample.prepare);
    world.tamper((answer) =>
      world.sandbox.ledger.history().length === 0 ? answer : changeBody(answer, change),
    );
    const result = await world.broker.run(about, { records: mixed });
    expectContract(world);
    return { world, result, outcomes: outcomesOf(result) };
  };
  const expectMixed = ({ world, outcomes }: Awaited<ReturnType<typeof run>>) => {
    const keys = keyRecords(operation, mixed, 'event-1').map(({ naturalKey }) => naturalKey);
    const ids = new Map(
      ledgerOf(world.sandbox, operation.resource).map(({ naturalKey, vendorId }) => [naturalKey, vendorId]),
    );
    expect(outcomes).toEqual(
      keys.map((key, index) =>
        good[index] === true
          ? { outcome: 'created', vendorId: ids.get(key) }
          : { outcome: 'failed', error: expect.objectContaining(batch.refused.error) },
      ),
    );
    expect(ids.size).toBe(mixed.length - 1);
  };
  return [
    {
      about,
      name: 'a refused record fails alone; the others are applied',
      run: async () => expectMixed(await run((body) => body)),
    },
    {
      about,
      name: 'results in another order still belong to their own records',
      run: async () =>
        expectMixed(await run((body) => edit(body, batch.results, (list) => list.toReversed()))),
    },
    {
      about,
      name: 'a record that the answer does not mention is outcome_unknown, whatever the status says',
      async run() {
        const whole = await run((body) => body);
        const cut = await run((body) => {
          const without = edit(body, batch.results, (list) => list.slice(1));
          return batch.errors === undefined ? without : edit(without, batch.errors, () => []);
        });
        const applied = outcomesOf(whole.result);
        const unknown = cut.outcomes.flatMap(({ outcome }, index) =>
          outcome === 'outcome_unknown' ? [index] : [],
        );
        // One result was cut, and the refused record's error where errors are listed apart.
        expect(unknown.length).toBe(batch.errors === undefined ? 1 : 2);
        for (const [index, outcome] of cut.outcomes.entries()) {
          if (!unknown.includes(index)) expect(outcome.outcome).toBe(applied[index]?.outcome);
        }
        if (batch.errors !== undefined) expect(unknown).toContain(1);
      },
    },
    {
      about,
      name: 'an answer with no results at all leaves every record outcome_unknown',
      async run() {
        const { outcomes } = await run((body) => {
          const without = edit(body, batch.results, () => []);
          return batch.errors === undefined ? without : edit(without, batch.errors, () => []);
        });
        expect(outcomes.map(({ outcome }) => outcome)).toEqual(mixed.map(() => 'outcome_unknown'));
      },
    },
    {
      about,
      name: 'a full call carries as many records as the manifest says, each once',
      async run() {
        const world = await createWorld(connector, options, sample.prepare);
        const ids = appliedIds(await world.broker.run(about, { records: sample.records }), ['created']);
        expect(new Set(ids).size).toBe(sample.records.length);
        await expect(
          world.broker.run(about, {
            records: Array.from({ length: operation.batch.max + 1 }, () => sample.records[0] ?? null),
          }),
        ).rejects.toThrow(/records a call/);
      },
    },
  ];
}

type Body = { [name: string]: JsonValue };

function changeBody(answer: SandboxAnswer, change: (body: Body) => Body): SandboxAnswer {
  return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body) as Body)) };
}

/** The body with the array at a pointer changed; a body without that array stays as it is. */
function edit(
  body: Body,
  pointer: string,
  change: (list: readonly JsonValue[]) => readonly JsonValue[],
): Body {
  if (!Array.isArray(readPointer(body, pointer))) return body;
  const copy = structuredClone(body);
  const parent = readPointer(copy, pointer.slice(0, pointer.lastIndexOf('/')));
  const name = pointer.slice(pointer.lastIndexOf('/') + 1);
  if (typeof parent === 'object' && parent !== null) {
    const list = readPointer(copy, pointer) as readonly JsonValue[];
    Object.assign(parent, { [name]: change(list) });
  }
  return copy;
}

import { expect } from 'vitest';
import type { WriteSample } from '../conformance-options.ts';
import { keyRecords } from '../key-records.ts';
import type { RenderedCall } from '../test-call.ts';
import { createWorld, ledgerOf } from '../world.ts';
import { appliedIds, expectContract, writeOf } from './expectations.ts';
import { type Line, type Subject, type WriteManifest, writesOf } from './line.ts';
import { expectCreatedOnce, lagSeconds, patternOf } from './write-facts.ts';

/** What every write must do: once, as rendered, and nothing in plan mode. */
export function writeLines<State>(subject: Subject<State>): Line[] {
  return writesOf(subject).flatMap(({ operation, sample }) => [
    ...onceLines(subject, operation, sample),
    ...planLines(subject, operation, sample),
  ]);
}

function onceLines<State>(
  { connector, options }: Subject<State>,
  operation: WriteManifest,
  sample: WriteSample<State>,
): Line[] {
  const about = operation.name;
  return [
    {
      about,
      name: 'its records become one write, exactly as the sample spells it out',
      async run() {
        const world = await createWorld(connector, options, sample.prepare);
        const result = await world.broker.run(about, { records: sample.records });
        appliedIds(result);
        expectContract(world);
        const { call } = writeOf(result);
        const {
          path,
          method,
          query = '',
          headers = {},
          body,
        } = sample.rendered(keyRecords(operation, sample.records, 'event-1'));
        expect({ method: call.method, path: call.path, query: call.query, headers: call.headers }).toEqual({
          method,
          path,
          query,
          headers,
        });
        expect(bodyOf(call)).toEqual(body);
      },
    },
    {
      about,
      name: 'each record takes effect once, under its own natural key',
      async run() {
        const world = await createWorld(connector, options, sample.prepare);
        const before = ledgerOf(world.sandbox, operation.resource);
        expect(before).toEqual([]);
        const ids = appliedIds(await world.broker.run(about, { records: sample.records }), ['created']);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ledgerOf(world.sandbox, operation.resource)).toEqual(
          keyRecords(operation, sample.records, 'event-1').map(({ naturalKey }, index) =>
            expect.objectContaining({ naturalKey, vendorId: ids[index], action: 'created', count: 1 }),
          ),
        );
        expectContract(world);
      },
    },
    {
      about,
      name: 'repeated, it stays one record, and says so',
      async run() {
        const world = await createWorld(connector, options, sample.prepare);
        const first = appliedIds(await world.broker.run(about, { records: sample.records }));
        const byEffect = sample.repeats === 'effect';
        // With links, and then without them: another runner's, or after they were dropped.
        for (const forget of [false, true]) {
          if (forget) world.broker.links.clear();
          world.clock.advance(lagSeconds(operation));
          const again = await world.broker.run(about, {
            records: sample.records,
            event: byEffect ? 'event-1' : `event-2-${forget}`,
          });
          const allowed = sample.repeated ?? (byEffect ? undefined : ['updated', 'unchanged']);
          expect(appliedIds(again, allowed)).toEqual(first);
        }
        expectCreatedOnce(world.sandbox, operation, sample.records.length);
        expectContract(world);
      },
    },
    {
      about,
      name: 'a link whose record is gone is dropped, and the record written all the same',
      async run() {
        const world = await createWorld(connector, options, sample.prepare);
        appliedIds(await world.broker.run(about, { records: sample.records }));
        world.clock.advance(lagSeconds(operation));
        // The link is used by the write, or by a read before it.
        for (const template of [...operation.writes, ...operation.reads.filter(namesRecord)]) {
          world.sandbox.faults.add({ match: patternOf(template), status: 404 });
        }
        const again = await world.broker.run(about, {
          records: sample.records,
          event: sample.repeats === 'effect' ? 'event-1' : 'event-2',
        });
        // An operation that knows no links meets the 404 itself.
        const last = again.calls.findLast(({ kind }) => kind === 'write');
        if (again.reply.kind === 'written' && last?.answer?.status !== 404) appliedIds(again);
        else if (sample.repeats !== 'effect') {
          expect(again.reply).toMatchObject({ kind: 'error', error: { class: 'NotFoundError' } });
        }
      },
    },
    ...(sample.changed === undefined ? [] : [changedLine({ connector, options }, operation, sample)]),
  ];
}

function changedLine<State>(
  { connector, options }: Subject<State>,
  operation: WriteManifest,
  sample: WriteSample<State>,
): Line {
  return {
    about: operation.name,
    name: 'changed values of known records update them',
    async run() {
      const world = await createWorld(connector, options, sample.prepare);
      const first = appliedIds(await world.broker.run(operation.name, { records: sample.records }));
      world.clock.advance(lagSeconds(operation));
      const result = await world.broker.run(operation.name, {
        records: sample.changed ?? [],
        event: 'event-2',
      });
      expect(appliedIds(result, ['updated'])).toEqual(first);
      const updates = ledgerOf(world.sandbox, operation.resource).filter(
        ({ action }) => action === 'updated',
      );
      expect(updates.map(({ vendorId, count }) => ({ vendorId, count }))).toEqual(
        first.map((vendorId) => ({ vendorId, count: 1 })),
      );
      expectContract(world);
    },
  };
}

function planLines<State>(
  { connector, options }: Subject<State>,
  operation: WriteManifest,
  sample: WriteSample<State>,
): Line[] {
  return [
    {
      about: operation.name,
      name: 'plan mode writes nothing and renders the bytes that execution sends',
      async run() {
        const world = await createWorld(connector, options, sample.prepare);
        const planned = await world.broker.run(operation.name, { mode: 'plan', records: sample.records });
        expect(planned.write.state).toBe('withheld');
        expect(world.sandbox.ledger.history()).toEqual([]);
        const executed = await world.broker.run(operation.name, { records: sample.records });
        expect(executed.write.state).toBe('answered');
        expect(writeOf(executed).call).toEqual(writeOf(planned).call);
        expectContract(world);
      },
    },
  ];
}

function bodyOf(call: RenderedCall): unknown {
  if (call.body === undefined) return undefined;
  return call.contentType === 'application/json' ? JSON.parse(call.body) : call.body;
}

function namesRecord(template: string): boolean {
  return template.includes('{');
}

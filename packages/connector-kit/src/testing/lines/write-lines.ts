import { guaranteeAt, lookupOf } from '@onceover/contract';
import { expect } from 'vitest';
import type { WriteSample } from '../conformance-options.ts';
import { keyRecords } from '../key-records.ts';
import type { RenderedCall } from '../test-call.ts';
import { createWorld, ledgerOf } from '../world.ts';
import { appliedIds, expectContract, outcomesOf, writeOf } from './expectations.ts';
import { type Line, type Subject, type WriteManifest, writesOf } from './line.ts';

/** What every write must do: once, as rendered, nothing in plan mode, and findable when the answer is lost. */
export function writeLines<State>(subject: Subject<State>): Line[] {
  return writesOf(subject).flatMap(({ operation, sample }) => [
    ...onceLines(subject, operation, sample),
    ...planLines(subject, operation, sample),
    ...lostLines(subject, operation, sample),
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

function lostLines<State>(
  { connector, options }: Subject<State>,
  operation: WriteManifest,
  sample: WriteSample<State>,
): Line[] {
  const about = operation.name;
  const lose = async () => {
    const world = await createWorld(connector, options, sample.prepare);
    for (const template of operation.writes) {
      world.sandbox.faults.add({ match: patternOf(template), drop: 'after' });
    }
    const lost = await world.broker.run(about, { records: sample.records });
    expect(lost.write.state).toBe('lost');
    expect(lost.reply, 'an answer that never came is no outcome').toMatchObject({ kind: 'error' });
    world.sandbox.faults.clear();
    return { world, lost };
  };
  const lines: Line[] = [];
  const { kind } = guaranteeAt(operation.guarantee, 0);
  if (kind === 'idempotencyKey' || kind === 'naturalKey') {
    lines.push({
      about,
      name: 'a write whose answer was lost is sent again, byte for byte, and takes effect once',
      async run() {
        const { world, lost } = await lose();
        const ids = appliedIds(await world.broker.run(about, { records: sample.records, resume: lost }));
        expect(ids).toEqual(ledgerIds(world.sandbox, operation));
        expectCreatedOnce(world.sandbox, operation, sample.records.length);
        expectContract(world);
      },
    });
  }
  if (lookupOf(operation.guarantee) !== undefined) {
    lines.push(
      {
        about,
        name: 'a record whose answer was lost is found by lookup, with reads alone',
        async run() {
          const { world } = await lose();
          world.clock.advance(lagSeconds(operation));
          const { reply, calls } = await world.broker.lookup(about, sample.records);
          expect(reply).toEqual({ kind: 'looked-up', vendorIds: ledgerIds(world.sandbox, operation) });
          expect(calls.every((call) => call.kind === 'read')).toBe(true);
          expectContract(world);
        },
      },
      {
        about,
        name: 'lookup finds nothing where nothing was written',
        async run() {
          const world = await createWorld(connector, options, sample.prepare);
          const { reply } = await world.broker.lookup(about, sample.records);
          expect(reply).toEqual({ kind: 'looked-up', vendorIds: sample.records.map(() => null) });
          expectContract(world);
        },
      },
    );
  }
  if (kind === 'none') {
    lines.push({
      about,
      name: 'a write whose answer was lost is unknown: no way is left but a person’s',
      async run() {
        const { world, lost } = await lose();
        expect(lost.reply).toMatchObject({ kind: 'error', error: { class: 'OutcomeUnknownError' } });
        expectCreatedOnce(world.sandbox, operation, sample.records.length);
      },
    });
  }
  if (connector.manifest.answers.replayed !== undefined && kind === 'idempotencyKey') {
    lines.push({
      about,
      name: 'a stored 500 that the vendor repeats is seen as a repeat',
      async run() {
        const world = await createWorld(connector, options, sample.prepare);
        for (const template of operation.writes) {
          world.sandbox.faults.add({ match: patternOf(template), status: 500 });
        }
        const first = await world.broker.run(about, { records: sample.records });
        expect(first.write).toMatchObject({ state: 'answered', replayed: false, answer: { status: 500 } });
        world.sandbox.faults.clear();
        const again = await world.broker.run(about, { records: sample.records, resume: first });
        expect(again.write).toMatchObject({ state: 'answered', replayed: true, answer: { status: 500 } });
        expect(again.reply).toMatchObject({ kind: 'error', error: { class: 'UpstreamError' } });
        expectContract(world);
      },
    });
  }
  lines.push({
    about,
    name: 'an answer that is no answer of the vendor’s leaves the outcome unknown',
    async run() {
      for (const body of ['', '<html>gateway</html>', '{}', '[]', 'null']) {
        const world = await createWorld(connector, options, sample.prepare);
        world.tamper((answer) => (isWritten(world.sandbox) ? { ...answer, body } : answer));
        const { reply } = await world.broker.run(about, { records: sample.records });
        // The write may have taken effect: retrying it as a failure could make a second one.
        if (reply.kind === 'error') expect(reply.error.class, body).toBe('OutcomeUnknownError');
        else {
          expect(outcomesOf({ reply }).map(({ outcome }) => outcome)).toEqual(
            sample.records.map(() => 'outcome_unknown'),
          );
        }
      }
    },
  });
  return lines;
}

function isWritten(sandbox: { ledger: { history(): readonly unknown[] } }): boolean {
  return sandbox.ledger.history().length > 0;
}

/** A fault's pattern for a call of the manifest: that call and no longer path. */
export function patternOf(template: string): string {
  return `${template}$`;
}

function bodyOf(call: RenderedCall): unknown {
  if (call.body === undefined) return undefined;
  return call.contentType === 'application/json' ? JSON.parse(call.body) : call.body;
}

function namesRecord(template: string): boolean {
  return template.includes('{');
}

/** How long the vendor's search may lag; the clock is moved past it before a search must find something. */
function lagSeconds(operation: WriteManifest): number {
  return lookupOf(operation.guarantee)?.lagSeconds ?? 0;
}

function ledgerIds(sandbox: Parameters<typeof ledgerOf>[0], operation: WriteManifest): readonly string[] {
  return ledgerOf(sandbox, operation.resource)
    .filter(({ action }) => action === 'created')
    .map(({ vendorId }) => vendorId);
}

function expectCreatedOnce(
  sandbox: Parameters<typeof ledgerOf>[0],
  operation: WriteManifest,
  records: number,
): void {
  const created = ledgerOf(sandbox, operation.resource).filter(({ action }) => action === 'created');
  expect(created.map(({ count }) => count)).toEqual(Array.from({ length: records }, () => 1));
}

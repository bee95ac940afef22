import { guaranteeAt, lookupOf } from '@onceover/contract';
import { expect } from 'vitest';
import type { WriteSample } from '../conformance-options.ts';
import { createWorld } from '../world.ts';
import { appliedIds, expectContract, outcomesOf } from './expectations.ts';
import { type Line, type Subject, type WriteManifest, writesOf } from './line.ts';
import { expectCreatedOnce, lagSeconds, ledgerIds, patternOf } from './write-facts.ts';

/** What becomes of a write whose answer did not come, or was none, by the guarantee that it promises. */
export function lostAnswerLines<State>(subject: Subject<State>): Line[] {
  return writesOf(subject).flatMap(({ operation, sample }) => lostLines(subject, operation, sample));
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
    lines.push({
      about,
      name: 'the vendor repeats its answer for as long as the key lives, and not for longer',
      async run() {
        const { guarantee } = operation;
        const seconds = guarantee.kind === 'idempotencyKey' ? guarantee.hours * 3600 : 0;
        for (const [age, replayed] of [
          [seconds - 60, true],
          [seconds + 60, false],
        ] as const) {
          const { world, lost } = await lose();
          world.clock.advance(age);
          const again = await world.broker.run(about, { records: sample.records, resume: lost });
          expect(again.write, `${age} s after the first send`).toMatchObject({ state: 'answered', replayed });
        }
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

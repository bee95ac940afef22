import { keepsSubscription } from '@onceover/contract';
import { expect } from 'vitest';
import type { TestCall } from '../test-call.ts';
import { createWorld } from '../world.ts';
import { type Line, readsOf, type Subject, writesOf } from './line.ts';
import { subscriptionStory } from './subscription-story.ts';

/** What the manifest declares is what the operation uses: no call, header or scope more, and none less. */
export function scopeLines<State>(subject: Subject<State>): Line[] {
  return subject.connector.manifest.operations.flatMap((operation): Line[] => [
    {
      about: operation.name,
      name: 'every declared call is made, and no other',
      async run() {
        const calls = await exercise(subject, operation.name);
        const writes = operation.kind === 'write' ? operation.writes : [];
        expect(templatesOf(calls, 'read')).toEqual([...operation.reads].sort());
        expect(templatesOf(calls, 'write')).toEqual([...writes].sort());
        const sent = calls.flatMap(({ request }) => Object.keys(request.headers));
        expect([...new Set(sent.map((name) => name.toLowerCase()))].sort()).toEqual(
          operation.requestHeaders.map((name) => name.toLowerCase()).sort(),
        );
      },
    },
    {
      about: operation.name,
      name: 'its scopes are a smallest set that the vendor’s contract asks for its calls',
      async run() {
        const calls = await exercise(subject, operation.name);
        const alternatives = [...new Map(calls.map((call) => [call.template, call])).values()].flatMap(
          ({ request }) => {
            const sets = subject.options.contract.scopes(request);
            return sets === undefined ? [] : [sets];
          },
        );
        // A vendor that publishes no scopes leaves nothing to compare.
        if (alternatives.length === 0) return;
        for (const sets of alternatives) {
          expect(
            sets.some((set) => set.every((scope) => operation.scopes.includes(scope))),
            `none of ${JSON.stringify(sets)} is declared`,
          ).toBe(true);
        }
        expect(operation.scopes.length).toBe(smallest(alternatives));
      },
    },
  ]);
}

/** All that samples make an operation do: fresh, repeated with and without links, looked up. */
async function exercise<State>(subject: Subject<State>, name: string): Promise<TestCall[]> {
  const { connector, options } = subject;
  if (keepsSubscription(connector.manifest, name)) return (await subscriptionStory(subject)).callsOf(name);
  const calls: TestCall[] = [];
  for (const { operation, sample } of writesOf(subject)) {
    if (operation.name !== name) continue;
    const world = await createWorld(connector, options, sample.prepare);
    const { records: first, changed = first, others = [] } = sample;
    for (const [index, records] of [first, changed, ...others].entries()) {
      calls.push(...(await world.broker.run(name, { records, event: `event-${index}` })).calls);
      world.clock.advance(3600);
    }
    world.broker.links.clear();
    calls.push(...(await world.broker.run(name, { records: sample.records, event: 'event-last' })).calls);
    if (connector.operations.get(name)?.kind === 'write') {
      calls.push(...(await world.broker.lookup(name, sample.records)).calls);
    }
  }
  for (const { operation, sample } of readsOf(subject)) {
    if (operation.name !== name) continue;
    for (const { input, prepare } of sample.cases) {
      const world = await createWorld(connector, options, prepare);
      calls.push(...(await world.broker.run(name, { input })).calls);
    }
  }
  return calls;
}

function templatesOf(calls: readonly TestCall[], kind: 'read' | 'write'): string[] {
  return [...new Set(calls.filter((call) => call.kind === kind).map(({ template }) => template))].sort();
}

/** The size of the smallest set of scopes that holds one alternative of every call. */
function smallest(calls: readonly (readonly (readonly string[])[])[]): number {
  let best = Number.POSITIVE_INFINITY;
  const choose = (index: number, chosen: ReadonlySet<string>): void => {
    if (chosen.size >= best) return;
    const sets = calls[index];
    if (sets === undefined) {
      best = chosen.size;
      return;
    }
    for (const set of sets) choose(index + 1, new Set([...chosen, ...set]));
  };
  choose(0, new Set());
  return best;
}

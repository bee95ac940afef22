import { readPointer, readPointerText } from '@onceover/contract';
import { expect } from 'vitest';
import { createWorld } from '../world.ts';
import { expectContract, outputOf } from './expectations.ts';
import { type Line, readsOf, type Subject } from './line.ts';

/** A list that has not ended by then never will. */
const mostPages = 100;

export function readLines<State>(subject: Subject<State>): Line[] {
  const { connector, options } = subject;
  return readsOf(subject).flatMap(({ operation, sample }) => {
    const about = operation.name;
    const lines: Line[] = sample.cases.map(({ name, input, output, prepare }) => ({
      about,
      name,
      async run() {
        const world = await createWorld(connector, options, prepare);
        expect(outputOf(await world.broker.run(about, { input }))).toEqual(output);
        expect(world.sandbox.ledger.history()).toEqual([]);
        expectContract(world);
      },
    }));
    const { paging } = sample;
    if (paging !== undefined) {
      lines.push({
        about,
        name: 'pagination ends, and every item comes once',
        async run() {
          const world = await createWorld(connector, options, paging.prepare);
          const keys: string[] = [];
          let pages = 0;
          let cursor: string | null | undefined;
          while (cursor !== null) {
            const input = cursor === undefined ? paging.input : { ...paging.input, cursor };
            const output = outputOf(await world.broker.run(about, { input }));
            const items = readPointer(output, paging.items);
            for (const item of Array.isArray(items) ? items : []) {
              keys.push(readPointerText(item, paging.key) ?? '');
            }
            cursor = readPointerText(output, '/cursor') ?? null;
            pages += 1;
            expect(pages, 'the list does not end').toBeLessThan(mostPages);
          }
          expect(new Set(keys).size).toBe(keys.length);
          expect(keys.length).toBe(paging.count);
          expect(pages).toBeGreaterThanOrEqual(paging.pages);
          expectContract(world);
        },
      });
    }
    return lines;
  });
}

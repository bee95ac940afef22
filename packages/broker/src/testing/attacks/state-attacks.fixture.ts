import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import v8 from 'node:v8';
import { type Attack, loot, target } from './attack.fixture.ts';

/** They look for what others left behind: in the heap, in the module, in the messages. */

const left: { secret?: string } = {};

export const stateAttacks: Record<string, Attack> = {
  'leave a secret in the module': (means) => {
    left.secret = target(means, 'left');
    (globalThis as { leftBehind?: string }).leftBehind = left.secret;
    return 'left';
  },
  'find another’s secret in the module': () =>
    loot(left.secret ?? (globalThis as { leftBehind?: string }).leftBehind),
  'find the access token in the heap': async (means) => {
    // Its text is only put together here, so that the search does not find itself.
    const wanted = Buffer.from(target(means, 'tokenBackwards').split('').toReversed().join(''));
    let tail = Buffer.alloc(0);
    let found = false;
    const search = new Writable({
      write(chunk: Buffer, _encoding, done) {
        const text = Buffer.concat([tail, chunk]);
        found ||= text.includes(wanted);
        tail = Buffer.from(text.subarray(-wanted.length));
        done();
      },
    });
    await pipeline(v8.getHeapSnapshot(), search);
    return loot(found);
  },
  'pollute the runner’s prototypes': () =>
    JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":1}') as unknown,
};

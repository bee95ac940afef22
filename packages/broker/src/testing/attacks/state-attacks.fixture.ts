import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import v8 from 'node:v8';
import { type Attack, loot, target } from './attack.fixture.ts';

/** They look for what others left behind: in the heap, in the module, in the messages. */

const left: { secret?: string } = {};
/** What V8 wrote, outside of its heap. */
const snapshot: Buffer[] = [];

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
  'take a snapshot of its heap': async () => {
    // Long texts in full.
    v8.setFlagsFromString('--heap-snapshot-string-limit=1000000000');
    const collect = new Writable({
      write(chunk: Buffer, _encoding, done) {
        snapshot.push(chunk);
        done();
      },
    });
    await pipeline(v8.getHeapSnapshot(), collect);
    snapshot.splice(0, snapshot.length, Buffer.concat(snapshot));
    return snapshot[0]?.length;
  },
  'give a piece of the snapshot': (means) => {
    const at = Number(target(means, 'at'));
    return snapshot[0]?.toString('base64', at, at + 3 * 1024 * 1024);
  },
  'pollute the runner’s prototypes': () =>
    JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":1}') as unknown,
};

import fs from 'node:fs';
import type { Attack } from './attack.fixture.ts';

/** They take what they can get; each ends its process, or keeps it busy until somebody ends it. */

const forever = () => new Promise<never>(() => {});

export const resourceAttacks: Record<string, Attack> = {
  'loop without end': () => {
    for (;;);
  },
  'loop in microtasks': async () => {
    for (;;) await Promise.resolve();
  },
  'loop in a regular expression': () => /^(?:a+)+$/.test(`${'a'.repeat(40)}b`),
  'wait without end': forever,
  'fill the heap': () => {
    const all: unknown[] = [];
    for (;;) all.push(Array.from({ length: 10_000 }, (_none, index) => ({ index })));
  },
  'take memory beyond the heap': async () => {
    const all: Buffer[] = [];
    for (;;) {
      all.push(Buffer.alloc(16 * 1024 * 1024, 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
  'take more memory than there are addresses': () => {
    const all: ArrayBuffer[] = [];
    for (;;) all.push(new ArrayBuffer(512 * 1024 * 1024));
  },
  'flood standard output': async () => {
    for (;;) {
      process.stdout.write('x'.repeat(8192));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  'flood standard error at once': () => {
    for (;;) {
      try {
        fs.writeSync(2, 'x'.repeat(4096));
      } catch {
        // The pipe is full for the moment.
      }
    }
  },
  exit: () => process.exit(0),
  abort: () => process.abort(),
  'throw outside of any promise': () => {
    setTimeout(() => {
      throw new Error('thrown later');
    }, 1);
    return forever();
  },
  'answer with nine mebibytes': () => 'x'.repeat(9 * 1024 * 1024),
};

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFrameReader, encodeFrame, type Frame } from './frames.ts';

const frame = fc.record<Frame>({
  kind: fc.integer({ min: 0, max: 255 }),
  request: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  callback: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  body: fc.string({ unit: 'binary', maxLength: 5000 }).filter((text) => text.isWellFormed()),
});

describe('frames', () => {
  test('whatever the pieces in which they arrive, they are what was sent', () => {
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat({ max: 300 })), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(encodeFrame));
        const read = createFrameReader(100_000);
        const got: Frame[] = [];
        let at = 0;
        for (const size of [...cuts, bytes.length]) {
          got.push(...read(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(got).toEqual(frames);
      }),
    );
  });

  test.each([
    ['more than the most', Buffer.from([0, 0, 1, 0])],
    ['more than there is memory', Buffer.from([255, 255, 255, 255])],
    ['less than a head', Buffer.from([0, 0, 0, 10])],
  ])('one that announces %s is an error before it is read', (_what, bytes) => {
    expect(() => createFrameReader(100)(bytes)).toThrow(RangeError);
  });
});

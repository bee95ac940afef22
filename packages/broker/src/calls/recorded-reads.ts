import type { Answer, WireRequest } from '@onceover/contract';
import type { RecordedRead } from '../call-types.ts';

/** The reads of a call before its write: what an earlier attempt recorded, and what this one adds. */
export interface RecordedReads {
  /** The recorded answer, if this request is the next of the recording; from the first other one on there is none. */
  replay(request: WireRequest): Answer | undefined;
  /** Takes the request's place in the order of requests; call what it returns with the answer. */
  reserve(request: WireRequest): (answer: Answer) => void;
  /** In the order of the requests. */
  list(): readonly RecordedRead[];
}

export function createRecordedReads(earlier: readonly RecordedRead[] = []): RecordedReads {
  const slots: (RecordedRead | undefined)[] = [];
  let position = 0;
  return {
    replay(request) {
      const next = earlier[position];
      if (next === undefined || !isSame(next, request)) {
        position = earlier.length;
        return undefined;
      }
      position += 1;
      slots.push(next);
      return next.answer;
    },
    reserve({ method, path, query, body }) {
      const slot = slots.push(undefined) - 1;
      return (answer) => void (slots[slot] = { method, path, query, body: body ?? null, answer });
    },
    list: () => slots.filter((read) => read !== undefined),
  };
}

function isSame(read: RecordedRead, { method, path, query, body }: WireRequest): boolean {
  return read.method === method && read.path === path && read.query === query && read.body === (body ?? null);
}

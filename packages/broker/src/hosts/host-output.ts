/** What a process prints, for the log: bounded, on one line, without what looks like a secret or an address. */
export interface HostOutput {
  /** @returns false when it is more than it may be */
  take(stream: 'stdout' | 'stderr', chunk: Buffer): boolean;
  /** The end of what was printed on standard error, for the error that tells of the process's end. */
  last(): string;
}

export function createHostOutput(options: {
  /** As a burst, and again in each minute. */
  bytes: number;
  now: () => number;
  onText: (stream: 'stdout' | 'stderr', text: string) => void;
}): HostOutput {
  const { bytes, now, onText } = options;
  let left = bytes;
  let refilledAt = now();
  let tail = '';
  return {
    take(stream, chunk) {
      const at = now();
      left = Math.min(bytes, left + ((at - refilledAt) / 60_000) * bytes);
      refilledAt = at;
      const whole = chunk.length <= left;
      const text = cleanOutput(chunk.toString('utf8', 0, Math.max(0, Math.floor(left))));
      left -= chunk.length;
      if (stream === 'stderr') tail = `${tail} ${text}`.slice(-512);
      if (text !== '') onText(stream, text);
      return whole;
    },
    last: () => tail.trim(),
  };
}

const mark = '[redacted]';

/**
 * A host knows no secret of ours. Its code may print a customer's address, or a token that a vendor put into an
 * answer: what has their shape goes. Control characters would write lines of their own into a log. The code chooses the
 * text, and the runner waits: no pattern may look at the same characters again and again.
 */
export function cleanOutput(text: string): string {
  return text
    .replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, ' ')
    .replaceAll(
      /\b(bearer|basic|token|password|secret|api[-_]?key)\b(["']?\s{0,64}[:= ]\s{0,64}["']?)[^\s"',;]{4,}/gi,
      `$1$2${mark}`,
    )
    .replaceAll(/[A-Za-z0-9+_=-]{24,}/g, (word) => (/\d/.test(word) ? mark : word))
    .replaceAll(/[\w.+-]{1,64}@[\w-]{1,64}(\.[\w-]{1,64}){0,4}\.[A-Za-z]{2,24}/g, mark)
    .trim();
}

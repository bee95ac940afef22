/** Shows what long work is doing: one line that changes on a terminal, a line now and then elsewhere. */
export interface Progress {
  /** Replaces the present line. */
  update(text: string): void;
  /** Ends the present line for good. */
  done(text: string): void;
}

export function createProgress(stream: NodeJS.WriteStream, now: () => number = Date.now): Progress {
  if (stream.isTTY) {
    return {
      update: (text) => stream.write(`\r\x1b[2K${text.slice(0, Math.max(20, stream.columns - 1))}`),
      done: (text) => stream.write(`\r\x1b[2K${text}\n`),
    };
  }
  let last = Number.NEGATIVE_INFINITY;
  return {
    update(text) {
      if (now() - last < 2000) return;
      last = now();
      stream.write(`${text}\n`);
    },
    done: (text) => stream.write(`${text}\n`),
  };
}

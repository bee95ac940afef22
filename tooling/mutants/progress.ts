/** Where a run prints to; a terminal's last line can be rewritten. */
export interface Output {
  isTTY: boolean;
  write(text: string): void;
}

/** One line that says how far the run is: rewritten on a terminal, repeated every ten seconds elsewhere. */
export class Progress {
  readonly #total: number;
  readonly #output: Output;
  readonly #started = performance.now();
  #lastMs = Number.NEGATIVE_INFINITY;
  #done = 0;
  #survived = 0;

  constructor(total: number, output: Output) {
    this.#total = total;
    this.#output = output;
  }

  tried(label: string, survived: boolean): void {
    this.#done += 1;
    if (survived) this.#survived += 1;
    const now = performance.now();
    const isLast = this.#done === this.#total;
    if (now - this.#lastMs < (this.#output.isTTY ? 100 : 10_000) && !isLast) return;
    this.#lastMs = now;
    const text = this.#text(label, now - this.#started);
    this.#output.write(this.#output.isTTY ? `\r\u001b[2K${text}${isLast ? '\n' : ''}` : `${text}\n`);
  }

  /** Prints a line of its own between two of the progress. */
  say(line: string): void {
    this.#output.write(this.#output.isTTY ? `\r\u001b[2K${line}\n` : `${line}\n`);
  }

  #text(label: string, elapsedMs: number): string {
    const leftMs = (elapsedMs / this.#done) * (this.#total - this.#done);
    return (
      `${label}: ${this.#done}/${this.#total} mutants, ${this.#survived} survived, ` +
      `${duration(elapsedMs)} so far, ${duration(leftMs)} to go`
    );
  }
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

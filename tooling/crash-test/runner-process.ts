import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { whenInterrupted } from './when-interrupted.ts';

const bin = join(import.meta.dirname, '..', '..', 'apps', 'runner', 'bin', 'onceover.mjs');

/** A real runner process that can be killed and started again. */
export class RunnerProcess {
  readonly url: string;
  readonly #variables: Record<string, string>;
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  #isOver = false;

  constructor(options: { port: number; variables: Record<string, string>; logFile: string }) {
    this.url = `http://127.0.0.1:${options.port}`;
    this.#variables = { ...options.variables, ONCEOVER_PORT: String(options.port) };
    this.#logFile = options.logFile;
  }

  /** Resolves when the runner says that it is ready. */
  async start(): Promise<void> {
    if (this.#isOver) return;
    const child = spawn(process.execPath, [bin, 'start'], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...this.#variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.pipe(createWriteStream(this.#logFile, { flags: 'a' }));
    this.#child = child;
    const forget = whenInterrupted(() => {
      this.#isOver = true;
      return this.stop();
    });
    child.once('exit', forget);
    const exited = once(child, 'exit').then(() => false);
    const ready = (async () => {
      for await (const line of createInterface({ input: child.stdout }))
        if (line.includes(' is ready at ')) return true;
      return false;
    })();
    if (!(await Promise.race([ready, exited])))
      throw new Error(`The runner did not start; see ${this.#logFile}`);
  }

  /** SIGKILL: no handler runs, nothing is flushed. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** SIGTERM, and how long the shutdown took. */
  async stop(): Promise<number> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return 0;
    const startedAt = performance.now();
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    return performance.now() - startedAt;
  }
}

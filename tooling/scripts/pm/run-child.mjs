import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './paths.mjs';

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Ending */

/** @type {NodeJS.Signals[]} */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in the root folder and resolves with how it ended (and what it said, where stdio is piped). A signal
 * that we receive meanwhile is passed on, and we wait until the program has cleaned up.
 * @param {string} file
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, stdio?: import('node:child_process').StdioOptions, cwd?: string }} [options]
 * @returns {Promise<Ending & { output: string }>}
 */
export function runChild(file, args, { env = process.env, stdio = 'inherit', cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio });
    /** @type {Buffer[]} */
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
    const stopForwarding = forwardSignals(child);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      stopForwarding();
      resolve({ code, signal, output: Buffer.concat(output).toString() });
    });
  });
}

/**
 * Ends this process with the other's exit code; 128 + n when a signal ended it, as shells do.
 * @param {Ending} ending
 */
export function exitLike({ code, signal }) {
  process.exit(code ?? (signal === null ? 1 : 128 + constants.signals[signal]));
}

/**
 * Each kind is passed on once: the terminal and npm both send one, and a program may take a second for impatience.
 * @param {import('node:child_process').ChildProcess} child
 */
function forwardSignals(child) {
  const seen = new Set();
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    if (!seen.has(signal)) child.kill(signal);
    seen.add(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  return () => {
    for (const signal of FORWARDED) process.off(signal, forward);
  };
}

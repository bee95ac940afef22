import { fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { packageFolder } from '../../package-folder.ts';
import { CheckFailure } from '../check.ts';
import type { SuiteLine } from './suite-line.ts';

const messageSchema = z.union([
  z.strictObject({ manifest: z.string() }),
  z.strictObject({ about: z.string(), name: z.string(), problem: z.string().nullable() }),
  z.strictObject({ end: z.number() }),
]);

const longestMs = 300_000;
const mostLines = 10_000;
const isSource = import.meta.filename.endsWith('.ts');
const program = isSource
  ? join(import.meta.dirname, 'conformance-process.ts')
  : join(packageFolder(), 'dist', 'conformance-process.js');

/** What the processes of hosts do without, too; reading is left: the package's dependencies may be anywhere. */
const flags = [
  '--permission',
  '--allow-fs-read=*',
  '--no-experimental-sqlite',
  '--no-experimental-ffi',
  '--max-old-space-size=512',
  '--no-warnings',
];

/**
 * Runs a package's conformance suite in a process that can write, connect and start nothing.
 * @param file its built `./conformance`
 * @throws {CheckFailure} when it does not come to its end
 */
export async function runConformance(
  file: string,
  signal: AbortSignal,
): Promise<{ manifest: unknown; lines: readonly SuiteLine[] }> {
  const child = fork(program, [pathToFileURL(file).href], {
    env: {},
    execArgv: flags,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
    killSignal: 'SIGKILL',
  });
  const lines: SuiteLine[] = [];
  let manifest: unknown;
  let ended: number | undefined;
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-2000);
  });
  const { promise: exited, resolve, reject } = Promise.withResolvers<void>();
  child.on('message', (text) => {
    const message = messageSchema.safeParse(text).data;
    if (message === undefined || lines.length >= mostLines) child.kill('SIGKILL');
    else if ('manifest' in message) manifest = JSON.parse(message.manifest);
    else if ('end' in message) ended = message.end;
    else lines.push(message);
  });
  child.once('error', reject);
  child.once('exit', () => resolve());
  await exited.catch(() => signal.throwIfAborted());
  if (ended === lines.length && ended > 0) return { manifest, lines };
  const last = lines.at(-1);
  throw new CheckFailure(
    `The suite did not come to its end${last === undefined ? '' : ` after "${last.about}: ${last.name}"`}: ${said.trim().split('\n').slice(-6).join(' ') || 'it said nothing'}`,
  );
}

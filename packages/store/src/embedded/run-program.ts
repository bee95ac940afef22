import { spawn } from 'node:child_process';
import type { ServerCommand } from './server-account.ts';

/** What PostgreSQL's programs see of our environment: nothing but where to find programs, and one fixed language. */
export const programEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
};

/** Runs a program to its end and gives its exit code with everything that it wrote. A program that cannot be started has code 127. */
export function runProgram(
  command: ServerCommand,
  signal?: AbortSignal,
): Promise<{ code: number; output: string }> {
  const { file, args, ...identity } = command;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: '/',
      env: programEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...identity,
      ...(signal ? { signal } : {}),
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => resolve({ code: 127, output: output + error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

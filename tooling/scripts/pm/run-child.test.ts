import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { runChild } from './run-child.mjs';

const here = JSON.stringify(import.meta.resolve('./run-child.mjs'));

/** A process that runs `script` through runChild and ends as it ended. */
function startParent(script: string) {
  const parent = `
    const { exitLike, runChild } = await import(${here});
    exitLike(await runChild(process.execPath, ['-e', ${JSON.stringify(script)}]));
  `;
  return spawn(process.execPath, ['--input-type=module', '--eval', parent], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('the exit code and the output of a program come back', async () => {
  const args = ['-e', "console.log('out'); console.error('err'); process.exit(7)"];
  const result = await runChild(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  expect(result).toMatchObject({ code: 7, signal: null });
  expect(result.output).toContain('out\n');
  expect(result.output).toContain('err\n');
});

test('a program that cannot be started is an error', async () => {
  await expect(runChild('/nowhere/program', [])).rejects.toThrow('ENOENT');
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s is passed on once, and the program may clean up',
  async (signal) => {
    const parent = startParent(`
    process.on('${signal}', () => { console.log('cleaning up'); setTimeout(() => process.exit(3), 200); });
    setInterval(() => {}, 1000);
    console.log('ready');
  `);
    let output = '';
    parent.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output === 'ready\n') parent.kill(signal);
      if (output.endsWith('cleaning up\n')) parent.kill(signal);
    });
    const [code] = await once(parent, 'close');
    expect(code).toBe(3);
    expect(output).toBe('ready\ncleaning up\n');
  },
);

test('a program that a signal ended gives 128 and the number', async () => {
  const parent = startParent("process.kill(process.pid, 'SIGKILL')");
  const [code] = await once(parent, 'close');
  expect(code).toBe(137);
});

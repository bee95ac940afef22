import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defineConnector } from '@onceover/contract';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Where a package of the workspace resolves the contract to, in this process or one that inherits our flags. */
const dependents = ['packages/broker', 'packages/connector-kit', 'packages/runtime', 'apps/runner'].concat(
  readdirSync(`${root}connectors`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `connectors/${name}`),
);

describe('packages of the workspace are read as sources in tests', () => {
  test.each(dependents)('%s reads the contract from src', (dependent) => {
    const require = createRequire(`${root}${dependent}/package.json`);
    expect(require.resolve('@onceover/contract')).toBe(`${root}packages/contract/src/index.ts`);
  });

  test('what vite loads comes from src as well', () => {
    // The argument is no connector on purpose: the stack of the error names the file that was loaded.
    const mistake = () => defineConnector({} as unknown as Parameters<typeof defineConnector>[0]);
    expect(mistake).toThrow(
      expect.objectContaining({ stack: expect.stringContaining(`${root}packages/contract/src/`) }),
    );
  });

  test('a process that a test starts with our flags does too', () => {
    const from = pathToFileURL(`${root}packages/broker/src/index.ts`).href;
    const script = `console.log(import.meta.resolve('@onceover/contract', ${JSON.stringify(from)}))`;
    const flags = process.execArgv.filter(
      (flag, index, all) => flag.startsWith('--conditions') || all[index - 1] === '--conditions',
    );
    const output = execFileSync(
      process.execPath,
      [...flags, '--experimental-import-meta-resolve', '--input-type=module', '--eval', script],
      { encoding: 'utf8' },
    );
    expect(output.trim()).toBe(pathToFileURL(`${root}packages/contract/src/index.ts`).href);
  });
});

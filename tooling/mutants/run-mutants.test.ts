import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConnector } from './connector-sources.ts';
import { parseEquivalents } from './equivalents.ts';
import { runMutants } from './run-mutants.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceover-mutants-'));
  write('package.json', '{ "type": "module", "onceover": { "connector": "toy" } }');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const greeting = `
export function greeting(name: string) {
  return { to: name, hour: 7 };
}
`;
const nothingMuch = `
import { expect, test } from 'vitest';
import { greeting } from './greeting.ts';
test.each([['Ada'], ['Grace']])('greets %s', (name) => {
  expect(greeting(name).to).toBe(name);
});
`;

test('run: a mutant that no test notices is a survivor, named with its line, and the run fails', async () => {
  write('src/greeting.ts', greeting);
  write('src/greeting.test.ts', nothingMuch);
  const { isComplete, printed } = await run();
  expect(isComplete).toBe(false);
  expect(printed).toContain('survived: toy/greeting greeting.hour: 7 → 8\n  at src/greeting.ts:3');
  expect(printed).not.toContain('survived: toy/greeting greeting: to missing');
  // Three of the seven change what the test looks at: `to` missing, renamed, swapped.
  expect(printed).toMatch(/toy +6 +3 +0 +0 +0 +3/);
});

test('run: survivors that are known as equivalent are printed with their reason, and the run passes', async () => {
  write('src/greeting.ts', greeting);
  write('src/greeting.test.ts', nothingMuch);
  const reason = 'Nobody ever reads the hour of a greeting.';
  const { isComplete, printed } = await run({
    equivalents: parseEquivalents(
      ['greeting: hour missing', 'greeting: hour → hourx', 'greeting.hour: 7 → 8'].map((id) => ({
        id: `toy/greeting ${id}`,
        reason,
      })),
    ),
  });
  expect(printed).toContain(`equivalent: toy/greeting greeting.hour: 7 → 8\n  ${reason}`);
  expect(isComplete).toBe(true);
});

test('run: an equivalent that a test kills, or that is gone, fails the run', async () => {
  write('src/greeting.ts', greeting);
  write('src/greeting.test.ts', nothingMuch.replace('.to).toBe(name)', ').toEqual({ to: name, hour: 7 })'));
  const reason = 'Nobody ever reads the hour of a greeting.';
  const { isComplete, printed } = await run({
    equivalents: parseEquivalents([
      { id: 'toy/greeting greeting: hour missing', reason },
      { id: 'toy/greeting greeting: day missing', reason },
    ]),
  });
  expect(isComplete).toBe(false);
  expect(printed).toContain('a test kills "toy/greeting greeting: hour missing"');
  expect(printed).toContain('there is no mutant "toy/greeting greeting: day missing" any more');
  expect(printed).toMatch(/toy +6 +6 +0 +0 +0 +0/);
});

test('run: what no longer loads is killed, in the file and in those that import it', async () => {
  write(
    'src/hour.ts',
    'export const hour = checked(7);\nfunction checked(n: number) { if (n > 7) throw new Error(); return n; }\n',
  );
  write('src/greeting.ts', `import { hour } from './hour.ts';\nexport const at = () => hour;\n`);
  write(
    'src/greeting.test.ts',
    `import { test } from 'vitest';\nimport { at } from './greeting.ts';\ntest('x', () => { at(); });\n`,
  );
  const { printed } = await run({ match: 'hour.checked(): 7 → 8' });
  expect(printed).toMatch(/toy +1 +1 +1 +0 +0 +0/);
});

test('run: a mutant that never ends is killed, and the process that it blocks replaced', async () => {
  write('src/loop.ts', 'export async function loop(isEndless = false) { while (isEndless) await null; }\n');
  write(
    'src/loop.test.ts',
    `import { test } from 'vitest';\nimport { loop } from './loop.ts';\ntest('ends', () => loop());\n`,
  );
  const { printed } = await run({ limits: { testMs: 300, trialMs: 5000 } });
  expect(printed).toMatch(/toy +1 +1 +0 +1 +0 +0/);
});

test('run: tests that fail without a mutant end the run before one is tried', async () => {
  write('src/greeting.ts', greeting);
  write('src/greeting.test.ts', nothingMuch.replace('toBe(name)', "toBe('Eve')"));
  const { isComplete, printed } = await run();
  expect(isComplete).toBe(false);
  expect(printed).toContain('✗ toy without a mutant');
  expect(printed).not.toContain('survived');
});

test('run: tests that fail after a while without a mutant make no verdict count', async () => {
  write('src/greeting.ts', greeting);
  write(
    'src/greeting.test.ts',
    `${nothingMuch}
const times = (globalThis as { times?: number }).times ?? 0;
Object.assign(globalThis, { times: times + 1 });
test('is young', () => expect(times).toBeLessThan(3));
`,
  );
  await expect(run()).rejects.toThrow('The tests of toy fail without a mutant after a while');
});

test('run: a test that fails once and then passes kills nothing', async () => {
  write('src/greeting.ts', greeting);
  write(
    'src/greeting.test.ts',
    `${nothingMuch}
let calls = 0;
test('is moody with a mutant', () => {
  calls += 1;
  expect(import.meta.url.includes('mutant=0') || import.meta.url.includes('mutant=-') || calls > 1).toBe(true);
});
`,
  );
  const { printed } = await run();
  expect(printed).toMatch(/toy +6 +3 +0 +0 +0 +3/);
});

test('run: hooks and groups work as in vitest, and sources stay as they are on disk', async () => {
  write('src/greeting.ts', greeting);
  write(
    'src/greeting.test.ts',
    `
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { greeting } from './greeting.ts';
const seen: string[] = [];
let opened = 0;
beforeAll(() => { opened += 1; });
afterAll(() => { opened -= 1; });
beforeEach(() => { seen.push('outer'); });
describe.each(['a', 'b'])('group %s', (group) => {
  beforeAll(async () => { await Promise.resolve(); opened += 1; });
  afterAll(() => { opened -= 1; });
  beforeEach(() => { expect(opened).toBeGreaterThan(1); seen.push(group); });
  afterEach(() => { seen.length = 0; });
  test('sees its own hooks', async () => {
    expect(seen).toEqual(['outer', group]);
    await Promise.resolve();
    expect(greeting(group)).toEqual({ to: group, hour: 7 });
  });
});
`,
  );
  const { isComplete } = await run();
  expect(isComplete).toBe(true);
  expect(readFileSync(join(folder, 'src/greeting.ts'), 'utf8')).toBe(greeting);
});

test('run: the same seed tries the same mutants', async () => {
  write('src/greeting.ts', greeting);
  write('src/greeting.test.ts', nothingMuch);
  const verdicts = async (seed: number) => {
    const { printed } = await run({ sample: 2, seed, verbose: true });
    return [...printed.matchAll(/^(?:killed|survived) \(.*?\): (.*)$/gm)].map(([, id]) => id);
  };
  const first = await verdicts(1);
  expect(first).toHaveLength(2);
  expect(await verdicts(1)).toEqual(first);
});

async function run(options: Partial<Parameters<typeof runMutants>[1]> = {}) {
  let printed = '';
  const isComplete = await runMutants([readConnector(folder)], {
    equivalents: new Map(),
    match: undefined,
    sample: undefined,
    seed: 1,
    parallel: 1,
    listOnly: false,
    verbose: false,
    output: { isTTY: false, write: (text) => (printed += text) },
    ...options,
  });
  return { isComplete, printed };
}

function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

import { expect } from 'vitest';

/**
 * What test files get when they import `vitest`: its `expect`, and a `describe` and `test` that only collect.
 * Starting vitest for each of thousands of mutants would take hours. What is missing here makes a test file fail to
 * load, which the run without a mutant reports.
 */
export { expect };

type Callback = (...values: never[]) => unknown;
type Hook = () => unknown;

interface Suite {
  parent: Suite | undefined;
  before: Hook[];
  after: Hook[];
}

export interface CollectedTest {
  name: string;
  /** Runs the hooks around it, too. */
  run(): Promise<void>;
}

let tests: CollectedTest[] = [];
let suite: Suite = { parent: undefined, before: [], after: [] };

/** The tests that loading a file declares, in its order. */
export async function collectTests(load: () => Promise<unknown>): Promise<readonly CollectedTest[]> {
  tests = [];
  suite = { parent: undefined, before: [], after: [] };
  await load();
  return tests;
}

export const test = Object.assign((name: string, run: Callback) => declare(name, () => run()), {
  each: (table: readonly unknown[]) => (name: string, run: Callback) => {
    for (const row of table) declare(name, () => run(...(valuesOf(row) as never[])));
  },
});
export const it = test;

export const describe = Object.assign((name: string, body: Callback) => group(name, () => body()), {
  each: (table: readonly unknown[]) => (name: string, body: Callback) => {
    for (const row of table) group(name, () => body(...(valuesOf(row) as never[])));
  },
});

export function beforeEach(hook: Hook): void {
  suite.before.push(hook);
}

export function afterEach(hook: Hook): void {
  suite.after.push(hook);
}

function valuesOf(row: unknown): readonly unknown[] {
  return Array.isArray(row) ? row : [row];
}

function group(name: string, body: () => unknown): void {
  const parent = suite;
  suite = { parent, before: [], after: [] };
  const result = body();
  suite = parent;
  if (result instanceof Promise) throw new TypeError(`${name}: a describe must not be asynchronous here`);
}

function declare(name: string, body: () => unknown): void {
  const own = suite;
  tests.push({
    name,
    async run() {
      const suites: Suite[] = [];
      for (let at: Suite | undefined = own; at !== undefined; at = at.parent) suites.unshift(at);
      const cleanups: Hook[] = [];
      try {
        for (const { before } of suites) {
          for (const hook of before) {
            const cleanup = await hook();
            if (typeof cleanup === 'function') cleanups.push(cleanup as Hook);
          }
        }
        await body();
      } finally {
        for (const { after } of suites.toReversed()) for (const hook of after.toReversed()) await hook();
        for (const cleanup of cleanups.toReversed()) await cleanup();
      }
    },
  });
}

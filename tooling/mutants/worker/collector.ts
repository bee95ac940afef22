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
  beforeAll: Hook[];
  afterAll: Hook[];
  before: Hook[];
  after: Hook[];
  /** Its hooks before all were run, those after all are due. */
  isOpen: boolean;
}

export interface CollectedTest {
  name: string;
  /** Runs the hooks around it, too. */
  run(): Promise<void>;
}

export interface CollectedFile {
  /** In the order of the file. */
  tests: readonly CollectedTest[];
  /** Runs the hooks that follow the last test; call it however the tests went. */
  finish(): Promise<void>;
}

let tests: CollectedTest[] = [];
let suites: Suite[] = [];
let suite = openSuite(undefined);

/** The tests that loading a file declares. */
export async function collectTests(load: () => Promise<unknown>): Promise<CollectedFile> {
  tests = [];
  suites = [];
  suite = openSuite(undefined);
  await load();
  const own = suites;
  return {
    tests,
    async finish() {
      for (const each of own.toReversed()) {
        if (each.isOpen) for (const hook of each.afterAll.toReversed()) await hook();
        each.isOpen = false;
      }
    },
  };
}

function openSuite(parent: Suite | undefined): Suite {
  const opened = { parent, beforeAll: [], afterAll: [], before: [], after: [], isOpen: false };
  suites.push(opened);
  return opened;
}

export const test = Object.assign((name: string, run: Callback) => declare(name, () => run()), {
  each: (table: readonly unknown[]) => (name: string, run: Callback) => {
    for (const row of table) declare(name, () => run(...(valuesOf(row) as never[])));
  },
});

export const describe = Object.assign((name: string, body: Callback) => group(name, () => body()), {
  each: (table: readonly unknown[]) => (name: string, body: Callback) => {
    for (const row of table) group(name, () => body(...(valuesOf(row) as never[])));
  },
});

export function beforeAll(hook: Hook): void {
  suite.beforeAll.push(hook);
}

export function afterAll(hook: Hook): void {
  suite.afterAll.push(hook);
}

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
  suite = openSuite(parent);
  const result = body();
  suite = parent;
  if (result instanceof Promise) throw new TypeError(`${name}: a describe must not be asynchronous here`);
}

function declare(name: string, body: () => unknown): void {
  const own = suite;
  tests.push({
    name,
    async run() {
      const around: Suite[] = [];
      for (let at: Suite | undefined = own; at !== undefined; at = at.parent) around.unshift(at);
      const cleanups: Hook[] = [];
      try {
        for (const each of around) {
          if (each.isOpen) continue;
          each.isOpen = true;
          for (const hook of each.beforeAll) await hook();
        }
        for (const { before } of around) {
          for (const hook of before) {
            const cleanup = await hook();
            if (typeof cleanup === 'function') cleanups.push(cleanup as Hook);
          }
        }
        await body();
      } finally {
        for (const { after } of around.toReversed()) for (const hook of after.toReversed()) await hook();
        for (const cleanup of cleanups.toReversed()) await cleanup();
      }
    },
  });
}

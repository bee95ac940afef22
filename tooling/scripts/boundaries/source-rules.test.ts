import { describe, expect, test } from 'vitest';
import { findSourceViolations } from './source-rules.ts';

const rules = (text: string, path = 'packages/runtime/src/a.ts') =>
  findSourceViolations({ path, text }).map(({ rule, at }) => `${rule} ${at}`);

describe('the environment', () => {
  test.each([
    'const url = process.env.URL;',
    "const url = process['env'].URL;",
    'const { env } = process;',
    'const { env: e } = globalThis.process;',
    "import { env } from 'node:process';",
    'spawn(file, [], { env: process.env });',
  ])('%s is refused outside the runner', (text) => {
    expect(rules(text)).toEqual(['environment-in-runner-alone packages/runtime/src/a.ts:1']);
  });

  test('the runner and tooling read it; others may use the rest of process', () => {
    expect(rules('process.env.URL', 'apps/runner/src/environment.ts')).toEqual([]);
    expect(rules('process.env.URL', 'tooling/bench/run.ts')).toEqual([]);
    expect(rules('process.env.URL', 'connectors/acme/src/index.ts')).toHaveLength(1);
    expect(rules('process.pid; options.env; // process.env')).toEqual([]);
  });
});

describe('SQL', () => {
  test.each([
    "q('SELECT id FROM runs')",
    'q(`INSERT INTO ${table} VALUES (1)`)',
    "q('UPDATE onceover.runs SET status = 1')",
    "q('DELETE FROM runs')",
    "q('CREATE TABLE a (id int)')",
    "q('select id from onceover.runs where id = $1')",
    "q('  insert into runs (id) values ($1)')",
    "q('update runs set status = 1')",
    "q('delete from runs')",
    "q('truncate runs')",
    'q(`\n  select count(*)\n  from onceover.leaf`)',
  ])('%s is refused outside store', (text) => {
    expect(rules(text)).toEqual([
      expect.stringMatching(/^sql-in-store-alone packages\/runtime\/src\/a\.ts:1$/),
    ]);
  });

  test('store writes it, tests of others do not', () => {
    const text = "q('SELECT id FROM runs')";
    expect(rules(text, 'packages/store/src/queries/list-runs.ts')).toEqual([]);
    expect(rules(text, 'packages/runtime/src/a.integration.test.ts')).toHaveLength(1);
    expect(rules(text, 'apps/runner/src/a.ts')).toHaveLength(1);
  });

  test.each([
    "'Select one from the list'",
    "'delete from the vault'",
    "'Update the set of scopes'",
    '// SELECT a FROM b\n1',
    "'Truncate it'",
  ])('%s is prose', (text) => {
    expect(rules(text)).toEqual([]);
  });
});

describe('connections that need no import', () => {
  test.each(['await fetch(url);', 'globalThis.fetch(url);', 'new WebSocket(url);', 'new EventSource(url);'])(
    '%s is refused outside the broker',
    (text) => {
      expect(rules(text)).toEqual(['sockets-in-broker-alone packages/runtime/src/a.ts:1']);
      expect(rules(text, 'connectors/acme/src/operations/a.ts')).toHaveLength(1);
    },
  );

  test('the broker, the CLI, sandboxes and tests may connect; a method named fetch is no connection', () => {
    for (const path of [
      'packages/broker/src/a.ts',
      'apps/runner/src/cli/a.ts',
      'connectors/acme/src/sandbox/a.ts',
      'packages/connector-kit/src/testing/a.ts',
      'packages/runtime/src/a.test.ts',
    ]) {
      expect(rules('await fetch(url);', path)).toEqual([]);
    }
    expect(rules('await cursor.fetch(url);')).toEqual([]);
  });
});

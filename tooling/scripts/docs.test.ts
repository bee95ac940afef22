import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import arrows from './boundaries/arrows.json' with { type: 'json' };
import { readRooms } from './check/rooms.ts';
import { type CliCommand, findUnknownCommands, findUnknownScripts } from './docs/commands.ts';
import { findDeadLinks } from './docs/links.ts';
import { readPages } from './docs/page.ts';
import { findMissingPaths } from './docs/paths.ts';
import { findForbiddenWords } from './docs/words.ts';

const root = join(import.meta.dirname, '../..');
const pages = readPages(root);
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');

test('pages: every relative link leads to a file and a heading', () => {
  expect(pages.length).toBeGreaterThan(10);
  expect(pages.flatMap((page) => findDeadLinks(root, page))).toEqual([]);
});

test('pages: every path between backticks is there', () => {
  expect(pages.flatMap((page) => findMissingPaths(root, page, Object.keys(arrows)))).toEqual([]);
});

/** The CLI's own tree; by a path that is computed, so that the runner is not type-checked here once more. */
async function readProgram(): Promise<CliCommand> {
  const { href } = pathToFileURL(join(root, 'apps/runner/src/cli/main.ts'));
  const { createProgram } = (await import(href)) as { createProgram(context: object): CliCommand };
  return createProgram({});
}

test('pages: every command is one that the CLI has, or says that it comes later', async () => {
  const program = await readProgram();
  expect(program.commands.length).toBeGreaterThan(3);
  expect(pages.flatMap((page) => findUnknownCommands(program, page))).toEqual([]);
});

test('pages: every npm or pnpm script is in a package.json', () => {
  const scriptsOf = (path: string) =>
    Object.keys((JSON.parse(textOf(path)) as { scripts?: Record<string, string> }).scripts ?? {});
  const scripts = {
    root: new Set(scriptsOf('package.json')),
    packages: new Set(readRooms(root).flatMap(({ manifest }) => Object.keys(manifest.scripts ?? {}))),
  };
  expect(pages.flatMap((page) => findUnknownScripts(scripts, page))).toEqual([]);
});

test('pages: none speaks of how or where it was made', () => {
  expect(pages.flatMap(findForbiddenWords)).toEqual([]);
});

test('pages: every package has a README of less than 60 lines', () => {
  const folders = globSync('{packages,connectors,apps,tooling}/*/package.json', { cwd: root }).map(dirname);
  const tooLong = folders.filter((folder) => {
    const page = pages.find(({ path }) => path === `${folder}/README.md`);
    return page === undefined || page.text.trimEnd().split('\n').length >= 60;
  });
  expect(tooLong).toEqual([]);
});

test('pages: a decision says its status first, in less than 60 lines', () => {
  const decisions = pages.filter(({ path }) => path.startsWith('docs/decisions/'));
  expect(decisions.length).toBeGreaterThan(1);
  for (const { path, text } of decisions) {
    expect(text, path).toMatch(/^# \d{4} · .+\n\nStatus: (?:proposed|accepted|superseded)/);
    expect(text.trimEnd().split('\n').length, path).toBeLessThan(60);
  }
  const numbers = decisions.map(({ path }) => /\/(\d{4})-/.exec(path)?.[1]);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('architecture: its table of rooms is the arrows that are enforced', () => {
  const rows = textOf('docs/architecture.md').matchAll(/^\| `([^`]+)` \|[^|]*\| ([^|]+) \|$/gm);
  const table = [...rows].map(([, room = '', imports = '']) => [
    room,
    [...imports.matchAll(/`([^`]+)`/g)].map(([, target]) => target),
  ]);
  expect(Object.fromEntries(table)).toEqual(arrows);
});

test('architecture: it names every table and every entry of the audit log', () => {
  const page = textOf('docs/architecture.md');
  const migrations = globSync('packages/store/src/migrations/*.ts', { cwd: root }).map(textOf).join('\n');
  const tables = [...migrations.matchAll(/^create table onceover\.(\w+) \(/gm)].map(([, name = '']) => name);
  expect(tables.length).toBeGreaterThan(15);
  expect(tables.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  const [, kinds = ''] =
    /type ChangeKind =([^;]+);/.exec(textOf('packages/runtime/src/audit/build-leaves.ts')) ?? [];
  const names = [...kinds.matchAll(/'([a-z-]+)'/g)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('README: every scenario of the crash test has its row', () => {
  const names = [...textOf('tooling/crash-test/run.ts').matchAll(/name: '([a-z0-9-]+)'/g)].map(
    ([, name = '']) => name,
  );
  expect(names.length).toBeGreaterThan(3);
  expect(names.filter((name) => !textOf('README.md').includes(`| ${name} |`))).toEqual([]);
});

interface SecretFact {
  name: string;
  per: string;
  issuer: 'person' | 'vendor' | 'runtime';
  overlap: { mode: 'dual' | 'cutover'; seconds: number };
  verified: boolean;
}

/** A row of the table of secrets, in the words of the pages. */
function secretWords({ per, issuer, overlap, verified }: SecretFact): readonly string[] {
  const by = { person: 'a person', vendor: 'the vendor', runtime: 'Onceover' }[issuer];
  const days = overlap.seconds / 86_400;
  const beside = overlap.mode === 'cutover' ? 'cutover' : `dual, ${days} day${days === 1 ? '' : 's'}`;
  return [per, by, beside, verified ? 'yes' : 'no'];
}

test('connectors: each README’s table of secrets says what the manifest says', async () => {
  const wrong: string[] = [];
  for (const entry of globSync('connectors/*/src/index.ts', { cwd: root })) {
    const { connector } = (await import(pathToFileURL(join(root, entry)).href)) as {
      connector: { manifest: { auth: { secrets: readonly SecretFact[] } } };
    };
    const readme = join(dirname(dirname(entry)), 'README.md');
    const rows = textOf(readme)
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    for (const secret of connector.manifest.auth.secrets) {
      const row = rows.find((cells) => cells[1]?.startsWith(`\`${secret.name}\``) === true) ?? [];
      const words = secretWords(secret);
      if (!words.every((word, index) => row[index + 2]?.startsWith(word))) {
        wrong.push(`${readme} ${secret.name}: ${words.join(' | ')}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

import { afterAll, expect, test } from 'vitest';
import { createFixture } from '../boundaries/fixture.ts';
import { type CliCommand, findUnknownCommands, findUnknownScripts } from './commands.ts';
import { findDeadLinks } from './links.ts';
import { codeOf, readPages } from './page.ts';
import { findMissingPaths } from './paths.ts';
import { findForbiddenWords } from './words.ts';

const fixture = createFixture({
  'README.md': '# Home\n\n## What it does, and why\n',
  'docs/page.md': '# Page\n',
  'packages/store/src/queries/claim.ts': '',
  'packages/store/node_modules/x/README.md': '',
});
const { root } = fixture;
afterAll(fixture.dispose);

const page = (text: string) => ({ path: 'docs/page.md', text });

test('pages are read but for those of dependencies', () => {
  expect(readPages(root).map(({ path }) => path)).toEqual(['README.md', 'docs/page.md']);
});

test('code is spans in prose, and lines of shell blocks', () => {
  const text = 'Run `a` (later).\n```ts\n`no`\n```\n```sh\nnpm test  # all\n```\n| `b` | c |';
  expect(codeOf(page(text))).toEqual([
    { kind: 'span', text: 'a', after: ' (later).', line: 1 },
    { kind: 'shell', text: 'npm test', after: '# all', line: 6 },
    { kind: 'span', text: 'b', after: ' | c |', line: 8 },
  ]);
});

test('a link leads to a file, and to a heading of it', () => {
  const good =
    '[a](../README.md) [b](../README.md#what-it-does-and-why) [c](#page) [d](https://example.com/x)';
  expect(findDeadLinks(root, page(`# Page\n${good}`))).toEqual([]);
  const bad = '[a](gone.md) [b](../README.md#gone)';
  expect(findDeadLinks(root, page(bad))).toEqual([
    'docs/page.md:1 links to gone.md, which is not there',
    'docs/page.md:1 links to ../README.md#gone, which has no such heading',
  ]);
});

test('a path between backticks is there, whatever it is relative to', () => {
  const good =
    '`packages/store/src/queries/claim.ts` `queries/claim.ts` `packages/*` `dist/index.js` `client/secret`';
  expect(findMissingPaths(root, page(good))).toEqual([]);
  expect(findMissingPaths(root, page('`packages/gone` `queries/gone.ts` `packages/*/gone.ts`'))).toHaveLength(
    3,
  );
  expect(findMissingPaths(root, page('`packages/gone`'), ['packages/gone'])).toEqual([]);
  expect(findMissingPaths(root, page('```ts\n// src/own.ts\n```\n`src/own.ts`'))).toEqual([]);
});

const command = (name: string, commands: CliCommand[] = [], options: string[] = []): CliCommand => ({
  name: () => name,
  commands,
  options: options.map((long) => ({ long })),
});
const program = command('onceover', [
  command('start'),
  command('runs', [command('list', [], ['--status']), command('show')]),
  command('sandbox', [], ['--port']),
]);
const commandsIn = (text: string) => findUnknownCommands(program, page(text));

test('a command is one of the CLI, with its options, or is marked as coming', () => {
  const good = [
    'start',
    'runs list --status x',
    'runs list|show',
    'sandbox acme --port 1',
    'runs show <run>',
  ];
  for (const one of good)
    expect(commandsIn(`\`onceover ${one}\` and \`npx onceover ${one}\``), one).toEqual([]);
  const bad = ['connect crm', 'runs', 'runs drop', 'runs list|drop', 'runs list --port 1', 'runs <run>'];
  for (const one of bad) expect(commandsIn(`\`onceover ${one}\``), one).toHaveLength(1);
  for (const one of bad) expect(commandsIn(`\`onceover ${one}\` (later)`), one).toEqual([]);
  expect(commandsIn('```sh\nonceover connect crm  # later\nonceover connect crm\n```')).toHaveLength(1);
});

test('a command that is there is not marked as coming', () => {
  expect(commandsIn('`onceover runs list` (later)')).toHaveLength(1);
});

test('a script is one of a package.json', () => {
  const scripts = { root: new Set(['test', 'bench']), packages: new Set(['bundle']) };
  const scriptsIn = (text: string) => findUnknownScripts(scripts, page(text));
  expect(scriptsIn('`npm test` `npm run bench` `pnpm bundle` `npm install` `npx pnpm@12 install`')).toEqual(
    [],
  );
  expect(scriptsIn('`npm run gone` `npm run bundle` `pnpm gone`')).toHaveLength(3);
});

test('words about how a page was made are found, a header called user-agent is not', () => {
  expect(findForbiddenWords(page('sent as `user-agent`, in `framework/`'))).toEqual([]);
  expect(findForbiddenWords(page('This session wrote /tmp/x.\nAsk an Agent, or DESIGN.md'))).toHaveLength(4);
});

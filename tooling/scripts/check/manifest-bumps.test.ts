import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseManifest } from './connector-manifests.ts';
import { findBumpFault } from './manifest-bumps.ts';

const file = fileURLToPath(new URL('../../../connectors/stripe/manifest.released.json', import.meta.url));
const released = parseManifest(readFileSync(file, 'utf8'));
const packageName = '@acme/connector';
const changeset = (bump: string) => `---\n'${packageName}': ${bump}\n---\n\nIt reads files, too.\n`;
const other = "---\n'@acme/other': major\n---\n\nSomething else.\n";
const wider = { ...released, egress: [...released.egress, 'https://files.acme.example'] };
const narrower = { ...released, operations: released.operations.slice(1) };
const worded = { ...released, title: 'Acme' };
const find = (current: typeof released, ...changesets: string[]) =>
  findBumpFault({ packageName, released, current, changesets });

test('a manifest that is the released one needs no changeset, nor does one of a connector that was never released', () => {
  expect(find(released)).toBeUndefined();
  expect(find(released, other)).toBeUndefined();
  expect(findBumpFault({ packageName, released: null, current: wider, changesets: [] })).toBeUndefined();
});

test('a wider manifest needs a minor bump of this very package', () => {
  expect(find(wider)).toMatch(
    /asks for minor, and no changeset names it\. .*'@acme\/connector': minor.*\n {2}\/egress: host added: https:\/\/files/,
  );
  expect(find(wider, other)).toMatch(/no changeset names it/);
  expect(find(wider, changeset('patch'))).toMatch(/asks for minor, and its changesets say patch/);
  expect(find(wider, other, changeset('patch'), changeset('minor'))).toBeUndefined();
  expect(find(wider, changeset('major'))).toBeUndefined();
});

test('what is taken away needs a major bump, other words a patch', () => {
  expect(find(narrower, changeset('minor'))).toMatch(/asks for major, and its changesets say minor/);
  expect(find(narrower, changeset('major'))).toBeUndefined();
  expect(find(worded)).toMatch(/asks for patch/);
  expect(find(worded, changeset('patch'))).toBeUndefined();
});

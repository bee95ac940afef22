// Checks the waiting changesets: each names published packages of this workspace and says something to their users, and
// what a connector's manifest has come to differ in since its last release has the bump that it asks for. Needs a build.
// (`changeset status` needs a base branch to compare with, which a fresh clone or a fork may not have.)
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChangesetFaults } from './check/changeset-faults.ts';
import { parseManifest, readConnectorManifests } from './check/connector-manifests.ts';
import { findBumpFault } from './check/manifest-bumps.ts';
import { publishedRooms } from './check/rooms.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, '.changeset');
const published = new Set(publishedRooms(root).map(({ manifest }) => manifest.name));
const changesets = readdirSync(folder)
  .filter((name) => name.endsWith('.md') && name !== 'README.md')
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
const faults = changesets.flatMap(({ name, text }) =>
  findChangesetFaults(text, published).map((fault) => `.changeset/${name}: ${fault}`),
);
for (const { room, current, released } of readConnectorManifests(root)) {
  const fault = findBumpFault({
    packageName: room.manifest.name,
    released: released === null ? null : parseManifest(released),
    current: parseManifest(current),
    changesets: changesets.map(({ text }) => text),
  });
  if (fault !== undefined) faults.push(fault);
}
for (const fault of faults) console.log(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

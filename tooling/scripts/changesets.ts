// Checks the waiting changesets: each names published packages of this workspace and says something to their users.
// (`changeset status` needs a base branch to compare with, which a fresh clone or a fork may not have.)
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChangesetFaults } from './check/changeset-faults.ts';
import { publishedRooms } from './check/rooms.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, '.changeset');
const published = new Set(publishedRooms(root).map(({ manifest }) => manifest.name));
const faults = readdirSync(folder)
  .filter((name) => name.endsWith('.md') && name !== 'README.md')
  .flatMap((name) =>
    findChangesetFaults(readFileSync(join(folder, name), 'utf8'), published).map(
      (fault) => `.changeset/${name}: ${fault}`,
    ),
  );
for (const fault of faults) console.log(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

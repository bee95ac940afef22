// Generated files (*.generated.*) are committed. Runs each package's `generate` script and fails when the result
// differs from what was there before, so that nobody edits one by hand or forgets to generate it again.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRooms } from './check/rooms.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Generated files, committed or not, by path. */
function readGenerated(): Map<string, string> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', '*.generated.*'];
  const paths = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

const before = readGenerated();
let broken = 0;
for (const { folder, manifest } of readRooms(root)) {
  if (manifest.scripts?.['generate'] === undefined) continue;
  const { status, stdout, stderr } = spawnSync('pnpm', ['run', 'generate'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status === 0) continue;
  broken += 1;
  console.log(`${manifest.name}: its generate script failed\n${stdout}${stderr}`);
}
const after = readGenerated();
for (const path of new Set([...before.keys(), ...after.keys()])) {
  if (before.get(path) === after.get(path)) continue;
  broken += 1;
  console.log(`${path}: differs from what its generate script writes; run it and commit the result`);
}
process.exitCode = broken === 0 ? 0 : 1;

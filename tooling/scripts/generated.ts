// Generated files (*.generated.*) are committed. Runs each package's `generate` script and fails when the result
// differs from what was there before, so that nobody edits one by hand or forgets to generate it again.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readWorkspaceFiles } from './boundaries/workspace-files.ts';
import { readRooms } from './check/rooms.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const readGenerated = () =>
  new Map(
    readWorkspaceFiles(root)
      .filter(({ path }) => path.includes('.generated.'))
      .map(({ path, text }) => [path, text]),
  );

const before = readGenerated();
const faults: string[] = [];
for (const { folder, manifest } of readRooms(root)) {
  if (manifest.scripts?.['generate'] === undefined) continue;
  const { status, stdout, stderr } = spawnSync('pnpm', ['run', 'generate'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) faults.push(`${manifest.name}: its generate script failed\n${stdout}${stderr}`);
}
const after = readGenerated();
for (const path of new Set([...before.keys(), ...after.keys()])) {
  if (before.get(path) !== after.get(path)) {
    faults.push(`${path}: differs from what its generate script writes; run it and commit the result`);
  }
}
for (const fault of faults) console.log(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

// `onceover connectors verify` for each connector of the workspace, kills and all: what a publisher would run. Needs the bundle.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedRooms } from './check/rooms.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cli = join(root, 'apps', 'runner', 'bin', 'onceover.mjs');

/** The table of one connector, and whether each line of it holds. */
async function verify(folder: string): Promise<{ holds: boolean; table: string }> {
  const place = mkdtempSync(join(tmpdir(), 'onceover-verified-'));
  // No config and no data of whoever runs this is looked at.
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, TMPDIR: place, ONCEOVER_DATA_DIR: join(place, 'data') };
  const child = Promise.withResolvers<{ holds: boolean; table: string }>();
  execFile(
    process.execPath,
    [cli, 'connectors', 'verify', folder],
    { cwd: place, env },
    (error, out, said) => {
      child.resolve({ holds: error === null, table: error === null ? out : `${out}${said}` });
    },
  );
  const result = await child.promise;
  const left = readdirSync(place);
  rmSync(place, { recursive: true, force: true });
  if (left.length === 0) return result;
  return { holds: false, table: `${result.table}It left ${left.join(', ')} behind.\n` };
}

const folders = publishedRooms(root)
  .map(({ folder }) => folder)
  .filter((folder) => folder.startsWith(join(root, 'connectors')));
const verdicts = await Promise.all(folders.map(async (folder) => ({ folder, ...(await verify(folder)) })));
for (const { folder, holds, table } of verdicts) {
  console.log(`${holds ? '✓' : '✗'} ${basename(folder)}\n${table}`);
}
process.exitCode = folders.length > 0 && verdicts.every(({ holds }) => holds) ? 0 : 1;

// Packs every published package as a registry would get it and asks publint and attw about the tarball. Needs a build.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publishedRooms, type Room } from './check/rooms.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const tarballs = mkdtempSync(join(tmpdir(), 'onceover-packages-'));

/** What is wrong with a package, in the words of the tool that found it. */
async function examine({ folder, manifest }: Room): Promise<string[]> {
  const tarball = join(tarballs, `${manifest.name.replace(/\W+/g, '-')}.tgz`);
  await run('pnpm', ['pack', '--out', tarball], { cwd: folder });
  const verdicts = await Promise.allSettled([
    run('publint', ['run', tarball, '--strict'], { cwd: root }),
    run('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'], { cwd: root }),
  ]);
  return verdicts
    .filter((verdict) => verdict.status === 'rejected')
    .map(
      ({ reason }: { reason: { stdout?: string; stderr?: string } }) => `${reason.stdout}${reason.stderr}`,
    );
}

let broken = 0;
try {
  for (const room of publishedRooms(root)) {
    const complaints = await examine(room);
    if (complaints.length > 0) broken += 1;
    console.log(`${complaints.length === 0 ? '✓' : '✗'} ${room.manifest.name}`);
    for (const complaint of complaints) console.log(complaint);
  }
} finally {
  rmSync(tarballs, { recursive: true, force: true });
}
process.exitCode = broken === 0 ? 0 : 1;

import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/**
 * A root folder for one process, made of nothing but what it needs, in a mount namespace of its own: there is no
 * other file that it could see, whatever it may read. It also needs no leave on the way to its code, so that the
 * runner's own folders stay closed.
 */

/** Where the new root is made: a folder that is there. Each process mounts it for itself alone. */
export interface Jail {
  root: string;
  /** What every process needs: Node, the programs that start it, their libraries: where it is in the jail, and what it is. */
  program: ReadonlyMap<string, string>;
}

/** Run by the superuser of the runner, in the new namespaces; it ends by becoming the next program. */
const script = `set -ef
root=$1 table=$2 folders=$3 files=$4
shift 4
IFS='
'
mount -t tmpfs -o size=1m,mode=755,nosuid,nodev none "$root"
mkdir -p $folders
for file in $files; do : > "$file"; done
printf '%s\\n' "$table" > "$root/.table"
mount --all --fstab "$root/.table"
rm "$root/.table"
mount -o remount,ro "$root"
unset PWD OLDPWD
exec chroot "$root" "$@"`;

/** The words before a command that is to run in the jail and may see these paths. */
export function jailWords({ root, program }: Jail, shell: string, paths: readonly string[]): string[] {
  const mounts = new Map(program);
  for (const path of paths) {
    const plain = path.replace(/\/$/, '');
    mounts.set(plain, plain);
  }
  const folders: string[] = [];
  const files: string[] = [];
  const table: string[] = [];
  // A folder before what is mounted inside it.
  for (const [to, from] of [...mounts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (statSync(from).isDirectory()) {
      folders.push(root + to);
    } else {
      folders.push(root + dirname(to));
      files.push(root + to);
    }
    table.push(`${escaped(from)} ${escaped(root + to)} none bind,ro,nosuid,nodev 0 0`);
  }
  const lines = [table, folders, files].map((all) => [...new Set(all)].join('\n'));
  return [shell, '-c', script, 'jail', root, ...lines];
}

/** As fstab wants it. */
function escaped(path: string): string {
  return path.replaceAll(/[\s\\#]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** The programs and the libraries that they are linked with, by where they are looked for. */
export async function programFiles(programs: readonly string[], ldd: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const program of programs) {
    found.set(program, await realpath(program));
    const { stdout } = await promisify(execFile)(ldd, [program], { env: {} }).catch(() => ({ stdout: '' }));
    for (const [, path = ''] of stdout.matchAll(/(?:^|\s)(\/\S+)(?=\s\(0x)/gm)) {
      found.set(path, await realpath(path));
    }
  }
  return found;
}

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the runner's package, whether this code runs from its sources or from its build. */
export function packageFolder(): string {
  return folderAbove('package.json') ?? import.meta.dirname;
}

/** The root of the repository, when the runner runs in it. */
export function workspaceFolder(): string | undefined {
  return folderAbove('pnpm-workspace.yaml');
}

function folderAbove(marker: string): string | undefined {
  let folder = import.meta.dirname;
  while (dirname(folder) !== folder) {
    if (existsSync(join(folder, marker))) return folder;
    folder = dirname(folder);
  }
  return undefined;
}

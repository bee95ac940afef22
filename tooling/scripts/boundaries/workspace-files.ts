import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { WorkspaceFile } from './violation.ts';

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', '.turbo', '.onceover']);
const TEXT = /\.(?:ts|tsx|mts|cts|mjs|cjs|js|json|jsonl|sql|md|html|css|ya?ml|txt)$/;

/** The text files of the workspace's rooms. */
export function readWorkspaceFiles(root: string): WorkspaceFile[] {
  return ['packages', 'connectors', 'apps', 'tooling'].flatMap((folder) =>
    readFolder(root, join(root, folder)),
  );
}

function readFolder(root: string, folder: string): WorkspaceFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : readFolder(root, path);
    if (!entry.isFile() || !TEXT.test(entry.name)) return [];
    return [{ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }];
  });
}

/** The vendors that have a connector: the folders of connectors/. */
export function connectorFolders(root: string): string[] {
  return readdirSync(join(root, 'connectors'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

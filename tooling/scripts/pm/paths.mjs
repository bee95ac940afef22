import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The workspace's root folder. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** @param {string[]} parts */
export const inRoot = (...parts) => join(root, ...parts);

/**
 * The caller's PATH without any node_modules/.bin that npm put before it (there a `node` may be the one that an install
 * replaces), and the Node that runs us at its end, in case it was only reachable that way.
 */
export function systemPath() {
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !/node_modules[\\/]/.test(folder));
  return [...folders, dirname(process.execPath)].join(delimiter);
}

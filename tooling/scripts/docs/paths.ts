import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pageFiles } from './page-files.ts';
import { codeOf, type Page } from './page.ts';

const path = /^[\w.*-]+(?:\/[\w.*-]+)+\/?$/;
const file = /\.(?:ts|mts|mjs|cjs|js|json|md|sh|ya?ml)$/;
/** What a build, an install or a runner writes. */
const made = /^(?:.*\/)?(?:dist|node_modules|\.onceover)(?:\/|$)/;

/**
 * Paths between backticks that are not there. A path is relative to the page's folder, to the workspace or to a
 * package's `src`, or it is a file that the page itself writes, or one of `planned`. What only looks like a path (`client/secret`) has
 * neither a file's ending nor a first folder that exists.
 */
export function findMissingPaths(root: string, page: Page, planned: readonly string[] = []): string[] {
  const written = new Set([...planned, ...pageFiles(page.text).map((one) => one.path)]);
  const bases = [dirname(page.path), '.', ...globSync('packages/*/src', { cwd: root })];
  const isThere = (name: string) =>
    bases.some((base) =>
      name.includes('*')
        ? globSync(name, { cwd: join(root, base) }).length > 0
        : existsSync(join(root, base, name)),
    );
  return codeOf(page)
    .filter(({ kind, text }) => kind === 'span' && path.test(text) && !made.test(text))
    .filter(({ text }) => {
      const [first = ''] = text.split('/');
      return file.test(text) || isThere(first);
    })
    .filter(({ text }) => !written.has(text) && !isThere(text))
    .map(({ text, line }) => `${page.path}:${line} names ${text}, which is not there`);
}

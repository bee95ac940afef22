import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Page, proseOf } from './page.ts';

/** Relative links that lead nowhere: no such file, or no such heading in it. */
export function findDeadLinks(root: string, page: Page): string[] {
  const faults: string[] = [];
  for (const [index, line] of proseOf(page).split('\n').entries()) {
    for (const [, target = ''] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', heading] = target.split('#');
      const file = path === '' ? join(root, page.path) : join(root, dirname(page.path), path);
      if (!existsSync(file)) faults.push(`${page.path}:${index + 1} links to ${target}, which is not there`);
      else if (heading !== undefined && !headingsOf(file).has(heading))
        faults.push(`${page.path}:${index + 1} links to ${target}, which has no such heading`);
    }
  }
  return faults;
}

/** Anchors as forges make them of headings. */
function headingsOf(file: string): ReadonlySet<string> {
  if (statSync(file).isDirectory()) return new Set();
  const headings = readFileSync(file, 'utf8').matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

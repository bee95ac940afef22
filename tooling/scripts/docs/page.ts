import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of documentation. */
export interface Page {
  /** Relative to the workspace, with forward slashes. */
  path: string;
  text: string;
}

const patterns = ['*.md', 'docs/**/*.md', '{packages,connectors,apps,tooling}/**/*.md'];

/** Every page that people write; changelogs are made. */
export function readPages(root: string): Page[] {
  return globSync(patterns, { cwd: root, exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path) })
    .filter((path) => !path.endsWith('CHANGELOG.md'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** A piece of code in a page: a span between backticks, or a line of a shell block. */
export interface Code {
  kind: 'span' | 'shell';
  text: string;
  /** What follows it: the rest of a span's line, the comment of a shell line. */
  after: string;
  line: number;
}

/** The code that speaks of this workspace: spans in prose and tables, and shell blocks. */
export function codeOf({ text }: Page): Code[] {
  const found: Code[] = [];
  let language: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```(\S*)/.exec(line);
    if (fence !== null) {
      language = language === undefined ? (fence[1] ?? '') : undefined;
    } else if (language === 'sh') {
      const [, code = '', comment = ''] = /^(.*?)(#.*)?$/.exec(line) ?? [];
      found.push({ kind: 'shell', text: code.trim(), after: comment, line: index + 1 });
    } else if (language === undefined) {
      for (const span of line.matchAll(/`([^`]+)`/g)) {
        const after = line.slice(span.index + span[0].length);
        found.push({ kind: 'span', text: span[1] ?? '', after, line: index + 1 });
      }
    }
  }
  return found;
}

/** Prose without its code, line by line. */
export function proseOf({ text }: Page): string {
  let isCode = false;
  return text
    .split('\n')
    .map((line) => {
      if (/^\s*```/.test(line)) isCode = !isCode;
      return isCode || /^\s*```/.test(line) ? '' : line.replaceAll(/`[^`]*`/g, '');
    })
    .join('\n');
}

/** A code block of a page that is a file of its own: its path in the package that the page builds, and its text. */
export interface PageFile {
  path: string;
  text: string;
}

/**
 * The files that a page consists of: blocks that name themselves, by a first line `// src/name.ts`, or after the
 * language where a file has no comments (`json package.json`).
 */
export function pageFiles(page: string): readonly PageFile[] {
  return [...page.matchAll(/^```(?<language>[a-z]+)(?: (?<path>\S+))?\n(?<text>[^]*?)^```$/gm)].flatMap(
    ({ groups }) => {
      const { path, text = '' } = groups ?? {};
      const named = path ?? /^\/\/ (\S+\.ts)\n/.exec(text)?.[1];
      return named === undefined ? [] : [{ path: named, text }];
    },
  );
}

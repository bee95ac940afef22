/** One broken rule at one place. */
export interface Violation {
  rule: string;
  /** Relative to the workspace, with the line where there is one. */
  at: string;
  message: string;
}

/** A file of the workspace: its path relative to the root, with forward slashes, and its text. */
export interface WorkspaceFile {
  path: string;
  text: string;
}

/** `path:line` of an offset in a file. */
export function at({ path, text }: WorkspaceFile, offset: number): string {
  return `${path}:${text.slice(0, offset).split('\n').length}`;
}

import { codeOf, type Page } from './page.ts';

/** A command of the CLI, as commander keeps it. */
export interface CliCommand {
  name(): string;
  readonly commands: readonly CliCommand[];
  readonly options: readonly { long?: string | undefined; short?: string | undefined }[];
}

/** The scripts that `npm run` and `pnpm run` know. */
export interface Scripts {
  /** Of the root's package.json. */
  root: ReadonlySet<string>;
  /** Of the packages: `pnpm bundle` in a package's folder. */
  packages: ReadonlySet<string>;
}

/**
 * Commands of pages that the CLI does not have. One that comes later says so: "(later)" right after it, or "later" in a
 * shell line's comment; one that says so and is there is a fault, too.
 */
export function findUnknownCommands(program: CliCommand, page: Page): string[] {
  return codeOf(page).flatMap(({ kind, text, after, line }) => {
    const [, command] = /^(?:npx )?onceover (.+)$/.exec(text) ?? [];
    if (command === undefined) return [];
    const problem = problemOf(program, command);
    const isLater = kind === 'span' ? after.startsWith(' (later)') : /\blater\b/.test(after);
    if (problem !== undefined && !isLater) {
      return [`${page.path}:${line} says "${text}": ${problem}. Mark it (later), or correct it`];
    }
    return problem === undefined && isLater
      ? [`${page.path}:${line} says that "${text}" comes later, and it is there`]
      : [];
  });
}

function problemOf(program: CliCommand, command: string): string | undefined {
  const [words, rest] = splitAtArgument(command);
  let known = program;
  for (const word of words.split(' ').filter((one) => one !== '')) {
    // A command with no commands of its own takes arguments.
    if (known.commands.length === 0) break;
    const names = word.split('|');
    const found = names.map((name) => known.commands.find((one) => one.name() === name));
    const missing = names.find((_, index) => found[index] === undefined);
    if (missing !== undefined) return `there is no command ${missing}`;
    known = found[0] ?? known;
  }
  if (known.commands.length > 0)
    return `it needs one of ${known.commands.map((one) => one.name()).join(', ')}`;
  const options = [...rest.matchAll(/(?:^|\s)(--[a-z-]+)/g)].map(([, option = '']) => option);
  const unknown = options.find((option) => !known.options.some(({ long }) => long === option));
  return unknown === undefined ? undefined : `it has no option ${unknown}`;
}

/** The words that may be commands, and what begins with an argument or an option. */
function splitAtArgument(command: string): [words: string, rest: string] {
  const end = command.search(/(?:^|\s)(?:[^a-z\s]|\S*[^a-z|\s-])/);
  return end === -1 ? [command, ''] : [command.slice(0, end), command.slice(end)];
}

/** What npm and pnpm do by themselves. */
const builtIn = new Set(['install', 'ci', 'exec', 'add', 'run', 'publish']);

/** npm and pnpm scripts of pages that no package.json has. */
export function findUnknownScripts(scripts: Scripts, page: Page): string[] {
  return codeOf(page).flatMap(({ text, line }) =>
    [...text.matchAll(/(?:^|\s)(npm|pnpm)(?:@[\w.-]+)? (run )?([a-z][\w:-]*)/g)]
      .filter(([, tool, run, name = '']) => {
        if (run === undefined && builtIn.has(name)) return false;
        return !scripts.root.has(name) && !(tool === 'pnpm' && scripts.packages.has(name));
      })
      .map(([said]) => `${page.path}:${line} says "${said.trim()}", which no package.json has`),
  );
}

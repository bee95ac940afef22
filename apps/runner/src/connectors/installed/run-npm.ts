import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { ConfigurationError } from '@onceover/contract';

/** What each run of npm is told: nothing of a package runs, and the result depends on no setting but the registry's. */
const always = [
  '--ignore-scripts',
  '--omit=dev',
  // Hosts load no addons, and optional packages differ from one machine to the next.
  '--omit=optional',
  '--include=prod',
  '--include=peer',
  '--no-bin-links',
  '--no-audit',
  '--no-fund',
  '--no-global',
  '--no-dry-run',
  '--no-legacy-peer-deps',
  '--no-update-notifier',
  '--package-lock',
  '--install-strategy=hoisted',
  '--loglevel=error',
];

const longestMs = 10 * 60 * 1000;

/**
 * Runs npm in a folder, as the operator's own settings say (registry, credentials, proxy).
 * @param options.variables the environment that it sees
 * @throws {ConfigurationError} `npm_missing`, `npm_refused` (integrity), `package_unknown`, `registry_unreachable`, `npm_failed`
 */
export async function runNpm(
  args: readonly string[],
  options: { folder: string; variables: NodeJS.ProcessEnv; what: string; signal?: AbortSignal },
): Promise<void> {
  const { folder, variables, what, signal } = options;
  const [command, ...rest] = args;
  const child = spawn('npm', [command ?? '', '--prefix', folder, ...always, ...rest], {
    cwd: folder,
    env: variables,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: longestMs,
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  const output = text(child.stderr);
  output.catch(() => undefined);
  const code = await promise.catch((cause: NodeJS.ErrnoException) => {
    signal?.throwIfAborted();
    if (cause.code !== 'ENOENT') throw cause;
    throw new ConfigurationError(
      `npm is needed to install ${what}, and there is none on the PATH. Install Node.js with npm.`,
      { code: 'npm_missing', cause },
    );
  });
  if (code !== 0) throw failureOf(await output, what, child.signalCode);
}

/** npm says `npm error code E404`, then what it means. */
function failureOf(output: string, what: string, signal: NodeJS.Signals | null): ConfigurationError {
  const code = /^npm (?:error|ERR!) code (\w+)$/m.exec(output)?.[1] ?? '';
  const lines = output
    .split('\n')
    .filter((line) => /^npm (?:error|ERR!) /.test(line) && !/ code \w+$| A complete log | in: \//.test(line))
    .map((line) => line.replace(/^npm (?:error|ERR!) /, '').trim())
    .filter((line) => line !== '');
  const said = lines.slice(0, 6).join('\n');
  const fail = (errorCode: string, message: string) =>
    new ConfigurationError(`${message}\n${said}`.trim(), { code: errorCode });
  if (code === 'EINTEGRITY') {
    return fail(
      'npm_refused',
      `${what} is refused: a tarball that came is not the one that was promised. Nothing was installed. Find out what changed before you try again.`,
    );
  }
  if (code === 'E404' || code === 'ETARGET' || code === 'ENOVERSIONS') {
    return fail('package_unknown', `The registry has no ${what}, or not all that it depends on.`);
  }
  if (/^(?:ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENOTCACHED|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)$/.test(code)) {
    return fail(
      'registry_unreachable',
      `The registry cannot be reached to install ${what}. \`npm ping\` tells whether npm finds it.`,
    );
  }
  const end = signal === null ? '' : ` (${signal})`;
  return fail('npm_failed', `npm could not install ${what}${end}.`);
}

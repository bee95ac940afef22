import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ConfigurationError } from '@onceover/contract';
import type { KeyProvider } from './key-provider.ts';

const run = promisify(execFile);
const timeoutMs = 30_000;
const maxBytes = 1024 * 1024;

/**
 * A keyring that a command prints, such as a key service's own client. No shell reads it: the first word is the program,
 * the others its arguments.
 */
export function commandKeyProvider(options: {
  command: readonly string[];
  /** The command's whole environment. */
  env: Readonly<Record<string, string | undefined>>;
}): KeyProvider {
  const [program = '', ...args] = options.command;
  return {
    name: `the command ${program}`,
    async read() {
      try {
        const { stdout } = await run(program, args, {
          env: { ...options.env },
          timeout: timeoutMs,
          killSignal: 'SIGKILL',
          maxBuffer: maxBytes,
          encoding: 'utf8',
        });
        return stdout;
      } catch (error) {
        // What it printed may be the keyring: it is neither told nor kept as a cause.
        throw new ConfigurationError(
          `The keyring's command ${program} ${reasonOf(error)}. Run it by hand: it prints the keyring as JSON and ends with 0, within ${timeoutMs / 1000} s.`,
          { code: 'keyring_command' },
        );
      }
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return 'failed';
  if ('killed' in error && error.killed === true) return 'took too long';
  return error.code === 'ENOENT' ? 'was not found' : `ended with ${String(error.code)}`;
}

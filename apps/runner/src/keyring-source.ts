import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';

/** Where ONCEOVER_KEYRING says that the keyring is kept. */
export type KeyringSource =
  | { kind: 'file'; file: string }
  | { kind: 'variable'; variable: string; text: string }
  | { kind: 'command'; command: readonly string[]; env: Readonly<Record<string, string | undefined>> };

const commandSchema = z.array(z.string()).min(1);

/**
 * A path, `env:NAME`, or `command:` with a program and its arguments: separated by spaces, or as a JSON array where one
 * holds spaces.
 * @throws {ConfigurationError} naming the variable, never its value
 */
export function keyringSourceOf(
  value: string | undefined,
  variables: NodeJS.ProcessEnv,
  absolute: (path: string) => string,
): KeyringSource | undefined {
  if (value === undefined) return undefined;
  const [, scheme, rest = ''] = /^(env|command):(.*)$/s.exec(value) ?? [];
  if (scheme === undefined) return { kind: 'file', file: absolute(value) };
  if (scheme === 'env') {
    const text = variables[rest];
    if (text !== undefined && text !== '') return { kind: 'variable', variable: rest, text };
    throw invalid(
      `names the variable ${JSON.stringify(rest)}, which is not set. Put the keyring’s JSON there.`,
    );
  }
  const command = commandSchema.safeParse(
    rest.startsWith('[') ? jsonOf(rest) : rest.split(/ +/).filter(Boolean),
  );
  if (!command.success) {
    throw invalid('has no command: write command:PROGRAM ARGUMENTS, or command:["PROGRAM", "AN ARGUMENT"].');
  }
  // What the runner itself is told in confidence is not the command's to know.
  const env = Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('ONCEOVER_')));
  return { kind: 'command', command: command.data, env };
}

function invalid(what: string): ConfigurationError {
  return new ConfigurationError(`ONCEOVER_KEYRING ${what}`, { path: '/ONCEOVER_KEYRING' });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

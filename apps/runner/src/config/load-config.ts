import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '@onceover/contract';
import type { z } from 'zod';
import { configSchema, knownNames, type RunnerConfig } from './config-schema.ts';
import { nearestName } from './nearest-name.ts';

export interface LoadedConfig {
  config: RunnerConfig;
  /** Paths in the config are relative to this folder. */
  folder: string;
  file: string;
}

/**
 * Reads a config file (.ts, .js, .mjs or .json).
 * @throws {ConfigurationError} with the file, the path inside it and the remedy
 */
export async function loadConfig(
  file: string,
  options: { mode: 'development' | 'production' },
): Promise<LoadedConfig> {
  if (!existsSync(file)) {
    throw new ConfigurationError(
      `There is no config at ${file}. Create it, or set ONCEOVER_CONFIG to yours.`,
    );
  }
  return { config: parseConfig(await readConfig(file), file, options), folder: dirname(file), file };
}

async function readConfig(file: string): Promise<unknown> {
  try {
    if (extname(file) === '.json') return JSON.parse(await readFile(file, 'utf8'));
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    if (module.default !== undefined) return module.default;
  } catch (error) {
    throw new ConfigurationError(
      `${file} could not be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
  throw new ConfigurationError(
    `${file} has no default export. Write \`export default { connectors: [ … ] }\`.`,
  );
}

export function parseConfig(
  value: unknown,
  file: string,
  options: { mode: 'development' | 'production' },
): RunnerConfig {
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(describeIssue);
    throw new ConfigurationError(`${file} is not valid:\n  ${lines.join('\n  ')}`, {
      path: pointerOf(parsed.error.issues[0]),
    });
  }
  const config = parsed.data;
  const problems = [...crossChecks(config, options.mode)];
  if (problems.length > 0) {
    throw new ConfigurationError(
      `${file} is not valid:\n  ${problems.map(([path, text]) => `${path}: ${text}`).join('\n  ')}`,
      {
        path: problems[0]?.[0] ?? '',
      },
    );
  }
  return config;
}

type Issue = z.core.$ZodIssue;

function pointerOf(issue: Issue | undefined): string {
  return `/${(issue?.path ?? []).map(String).join('/')}`;
}

function describeIssue(issue: Issue): string {
  const path = pointerOf(issue);
  if (issue.code !== 'unrecognized_keys') return `${path}: ${issue.message}`;
  const hints = issue.keys.map((key) => {
    const nearest = nearestName(key, knownNames);
    return nearest === undefined
      ? `unknown key "${key}"`
      : `unknown key "${key}": did you mean "${nearest}"?`;
  });
  return `${path}: ${hints.join(', ')}`;
}

function* crossChecks(config: RunnerConfig, mode: string): Generator<readonly [string, string]> {
  const seen = new Map<string, string>();
  for (const kind of ['registrations', 'connections'] as const) {
    for (const [index, { id }] of config[kind].entries()) {
      const path = `/${kind}/${index}/id`;
      const first = seen.get(id);
      if (first !== undefined)
        yield [
          path,
          `"${id}" is already used at ${first}; connections and registrations share one namespace`,
        ];
      seen.set(id, path);
    }
  }
  const registrations = new Map(config.registrations.map((registration) => [registration.id, registration]));
  for (const [index, connection] of config.connections.entries()) {
    const path = `/connections/${index}`;
    if (connection.registration !== undefined) {
      const registration = registrations.get(connection.registration);
      if (registration === undefined)
        yield [`${path}/registration`, `there is no registration "${connection.registration}"`];
      else if (registration.connector !== connection.connector) {
        yield [`${path}/registration`, `"${registration.id}" belongs to connector ${registration.connector}`];
      }
    }
    if (mode === 'production') {
      for (const name of ['origin', 'credentials', 'webhookSecret'] as const) {
        if (connection[name] !== undefined)
          yield [`${path}/${name}`, 'is for development only; connect with `onceover connect`'];
      }
    }
  }
  if (mode === 'production') {
    for (const [index, registration] of config.registrations.entries()) {
      for (const name of ['origin', 'clientSecret', 'webhookSecret'] as const) {
        if (registration[name] !== undefined)
          yield [`/registrations/${index}/${name}`, 'is for development only'];
      }
    }
  }
}

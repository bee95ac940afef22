import { isAbsolute, join } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';
import { type KeyringSource, keyringSourceOf } from './keyring-source.ts';

/** The settings of one runner, read once from the environment. No other file reads it. */
export interface Environment {
  /** Names the runner and its database in pages, alerts and log lines. */
  name: string;
  mode: 'development' | 'production';
  databaseUrl: string | undefined;
  databaseOwnerUrl: string | undefined;
  dataDir: string;
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** What vendors and browsers see; undefined until the port is known in development. */
  publicUrl: string | undefined;
  configFile: string | undefined;
  /** Undefined: a file of the data folder, in development. */
  keyring: KeyringSource | undefined;
  isolation: 'strict' | 'permission' | 'inline' | undefined;
  apiKey: string | undefined;
  /** Where the CLI finds the runner. */
  url: string;
  logLevel: string;
  /** What npm is given when it installs connectors: its own settings, and nothing of ours. */
  npmVariables: NodeJS.ProcessEnv;
}

const portSchema = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((port) => port <= 65_535);

const schema = z.object({
  ONCEOVER_ENVIRONMENT: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .default('local'),
  ONCEOVER_MODE: z.enum(['development', 'production']).default('development'),
  ONCEOVER_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  ONCEOVER_DATABASE_OWNER_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  ONCEOVER_DATA_DIR: z.string().min(1).default('.onceover'),
  ONCEOVER_HOST: z.string().min(1).default('127.0.0.1'),
  ONCEOVER_PORT: portSchema.default(4400),
  ONCEOVER_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  ONCEOVER_CONFIG: z.string().min(1).optional(),
  ONCEOVER_KEYRING: z.string().min(1).optional(),
  ONCEOVER_ISOLATION: z.enum(['strict', 'permission', 'inline']).optional(),
  ONCEOVER_API_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  ONCEOVER_URL: z.url({ protocol: /^https?$/ }).optional(),
  ONCEOVER_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/**
 * @param variables `process.env`, or a test's own; an empty value counts as absent
 * @throws {ConfigurationError} naming the variable, never its value
 */
export function readEnvironment(variables: NodeJS.ProcessEnv, cwd: string): Environment {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue?.path[0]);
    throw new ConfigurationError(
      `${name} is not valid: ${issue?.message}. Correct it, or unset it for the default.`,
      {
        path: `/${name}`,
      },
    );
  }
  const values = parsed.data;
  const absolute = (path: string) => (isAbsolute(path) ? path : join(cwd, path));
  return {
    name: values.ONCEOVER_ENVIRONMENT,
    mode: values.ONCEOVER_MODE,
    databaseUrl: values.ONCEOVER_DATABASE_URL,
    databaseOwnerUrl: values.ONCEOVER_DATABASE_OWNER_URL,
    dataDir: absolute(values.ONCEOVER_DATA_DIR),
    host: values.ONCEOVER_HOST,
    port: values.ONCEOVER_PORT,
    publicUrl: values.ONCEOVER_PUBLIC_URL?.replace(/\/+$/, ''),
    configFile: values.ONCEOVER_CONFIG === undefined ? undefined : absolute(values.ONCEOVER_CONFIG),
    keyring: keyringSourceOf(values.ONCEOVER_KEYRING, variables, absolute),
    isolation: values.ONCEOVER_ISOLATION,
    apiKey: values.ONCEOVER_API_KEY,
    url: values.ONCEOVER_URL?.replace(/\/+$/, '') ?? `http://127.0.0.1:${values.ONCEOVER_PORT}`,
    logLevel: values.ONCEOVER_LOG_LEVEL,
    npmVariables: npmVariables(variables),
  };
}

// npm tells its children about the script that it runs (a prefix, a package's name): settings of another npm, except
// those that say where packages come from.
const npmSetting =
  /^npm_config_(?:cache|cafile|ca|registry|https?_proxy|noproxy|proxy|strict_ssl|offline|prefer_offline|userconfig|globalconfig|_.*|.*:.*)$/i;

function npmVariables(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(variables).filter(
    ([name]) =>
      !/^(?:onceover_|node_options$|init_cwd$)/i.test(name) &&
      (!/^npm_/i.test(name) || npmSetting.test(name)),
  );
  return Object.fromEntries(kept);
}

/**
 * What production needs and this environment lacks. Whether its code is isolated, `chooseIsolation` says.
 * @throws {ConfigurationError} listing every missing name at once
 */
export function requireProductionSettings(environment: Environment): void {
  if (environment.mode !== 'production') return;
  const missing = [
    environment.apiKey === undefined && 'ONCEOVER_API_KEY (at least 32 characters)',
    environment.keyring === undefined &&
      'ONCEOVER_KEYRING (a 0600 file, env:NAME or command:PROGRAM ARGUMENTS)',
    environment.databaseUrl === undefined && 'ONCEOVER_DATABASE_URL',
    environment.databaseOwnerUrl === undefined &&
      'ONCEOVER_DATABASE_OWNER_URL (used by `onceover migrate` alone)',
    environment.publicUrl === undefined && 'ONCEOVER_PUBLIC_URL (what vendors and browsers see)',
  ].filter((name) => name !== false);
  if (missing.length > 0) {
    throw new ConfigurationError(`Production needs settings that are missing:\n  ${missing.join('\n  ')}`);
  }
}

const loopbackHosts = new Set(['127.0.0.1', '::1', 'localhost']);

export function isLoopbackHost(host: string): boolean {
  return loopbackHosts.has(host.replace(/^\[|\]$/g, '')) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

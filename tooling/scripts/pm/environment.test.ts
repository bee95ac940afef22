import { delimiter, dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { quietEnvironment, workspaceEnvironment } from './environment.mjs';
import { root } from './paths.mjs';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('what npm says about itself is left out, what says where packages come from is kept', () => {
  vi.stubEnv('npm_config_prefix', '/usr');
  vi.stubEnv('npm_config_noproxy', '');
  vi.stubEnv('npm_lifecycle_event', 'start');
  vi.stubEnv('npm_package_name', 'onceover');
  vi.stubEnv('npm_config_registry', 'https://registry.example');
  vi.stubEnv('npm_config_cafile', '/etc/ca.pem');
  vi.stubEnv('ONCEOVER_PORT', '4401');
  const environment = quietEnvironment();
  expect(
    Object.keys(environment).filter((name) =>
      /^npm_(?:config_(?:prefix|noproxy)|lifecycle|package)/.test(name),
    ),
  ).toEqual([]);
  expect(environment).toMatchObject({
    npm_config_registry: 'https://registry.example',
    npm_config_cafile: '/etc/ca.pem',
    ONCEOVER_PORT: '4401',
    TURBO_TELEMETRY_DISABLED: '1',
  });
});

test('a package manager is found on the system, not among the dependencies that it replaces', () => {
  vi.stubEnv('PATH', [`${root}node_modules/.bin`, '/usr/bin', '/x/node_modules/y/bin'].join(delimiter));
  expect(quietEnvironment().PATH).toBe(['/usr/bin', dirname(process.execPath)].join(delimiter));
});

test('our programs find the binaries of the workspace first, then pnpm', () => {
  vi.stubEnv('PATH', '/usr/bin');
  expect(workspaceEnvironment('/cache/bin/pnpm').PATH.split(delimiter).slice(0, 3)).toEqual([
    join(root, 'node_modules', '.bin'),
    '/cache/bin',
    '/usr/bin',
  ]);
});

import { dirname, delimiter } from 'node:path';
import { inRoot, systemPath } from './paths.mjs';

// npm tells its children about itself in npm_* variables. pnpm and a nested npm would take them for settings (a prefix,
// an empty proxy list, the name of another package's script); those which say where packages come from are kept.
const KEPT =
  /^npm_config_(cache|cafile|ca|registry|https?_proxy|proxy|strict_ssl|userconfig|globalconfig|_.*|.*:.*)$/i;

/** The environment for package managers: the caller's, without what npm says about the script that it is running. */
export function quietEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => (!/^npm_/i.test(name) || KEPT.test(name)) && name !== 'INIT_CWD' && name !== 'NODE',
  );
  return {
    ...Object.fromEntries(kept),
    PATH: systemPath(),
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  };
}

/**
 * The environment for the workspace's own programs: its binaries first (`node` is Node 26 there), then pnpm.
 * @param {string} pnpm where it lies
 */
export function workspaceEnvironment(pnpm) {
  return {
    ...quietEnvironment(),
    PATH: [inRoot('node_modules', '.bin'), dirname(pnpm), systemPath()].join(delimiter),
  };
}

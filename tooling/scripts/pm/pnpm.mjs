import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { quietEnvironment } from './environment.mjs';
import { inRoot, root } from './paths.mjs';

/**
 * What package.json says: `pnpm@12.21.0`.
 * @returns {string}
 */
export function wantedPnpm() {
  return JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).packageManager;
}

/**
 * The path of the wanted pnpm, fetched by npx the first time; npx keeps it in npm's cache.
 * @param {string} wanted
 * @returns {string}
 */
export function locatePnpm(wanted) {
  const { file, first } = npx();
  const args = [...first, '--yes', `--package=${wanted}`, '-c', 'command -v pnpm'];
  const path = execFileSync(file, args, {
    cwd: root,
    env: quietEnvironment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return path.trim();
}

/** The npx beside the npm that started us, run by the Node that runs us; else the one on the PATH. */
function npx() {
  const besideNpm = join(dirname(process.env.npm_execpath ?? ''), 'npx-cli.js');
  return existsSync(besideNpm) ? { file: process.execPath, first: [besideNpm] } : { file: 'npx', first: [] };
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { quietEnvironment } from './environment.mjs';
import { inRoot } from './paths.mjs';
import { locatePnpm, wantedPnpm } from './pnpm.mjs';
import { exitLike, runChild } from './run-child.mjs';
import { seconds, say } from './say.mjs';

/** @typedef {{ pnpm: string, lockfile: string, path: string }} Stamp pnpm's version, the lockfile's hash, where pnpm lies */

/** What was installed last. */
const stampFile = inRoot('node_modules', '.onceover-install.json');

/** @type {Stamp | undefined} */
let installed;

/** Installs the workspace when node_modules is missing or of another lockfile. Ends the process when that fails. */
export async function ensureInstalled() {
  const wanted = { pnpm: wantedPnpm(), lockfile: sha256(readFileSync(inRoot('pnpm-lock.yaml'))) };
  const stamp = readStamp();
  if (stamp?.pnpm === wanted.pnpm && stamp.lockfile === wanted.lockfile && existsSync(stamp.path)) {
    installed = stamp;
    return;
  }
  const startedAt = Date.now();
  say(`Installing the dependencies with ${wanted.pnpm} (the first time about half a minute) …`);
  const path = locatePnpm(wanted.pnpm);
  const result = await runChild(path, ['install', '--frozen-lockfile'], { env: quietEnvironment() });
  if (result.code !== 0) exitLike(result);
  installed = { ...wanted, path };
  writeFileSync(stampFile, `${JSON.stringify(installed)}\n`);
  say(`Installed in ${seconds(startedAt)}.`);
}

/** The path of pnpm; only after `ensureInstalled`. */
export function pnpmPath() {
  if (installed === undefined) throw new Error('pnpmPath before ensureInstalled');
  return installed.path;
}

/** @returns {Stamp | undefined} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return undefined; // never installed by us, or a write that was cut short: installing again is cheap
  }
}

/** @param {Buffer} bytes */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

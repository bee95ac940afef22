import { existsSync } from 'node:fs';
import { workspaceEnvironment } from './environment.mjs';
import { pnpmPath } from './install.mjs';
import { inRoot } from './paths.mjs';
import { runChild } from './run-child.mjs';
import { say } from './say.mjs';

/**
 * Runs the workspace's Node 26; where no package carries it for this platform, ours must be new enough.
 * @param {string[]} argv
 */
export function runNode26(argv) {
  const bundled = inRoot('node_modules', '.bin', 'node');
  if (!existsSync(bundled) && Number.parseInt(process.versions.node, 10) < 26) {
    say(
      `There is no Node 26 for ${process.platform}-${process.arch} among the dependencies: install Node 26.`,
    );
    process.exit(1);
  }
  const file = existsSync(bundled) ? bundled : process.execPath;
  return runChild(file, argv, { env: workspaceEnvironment(pnpmPath()) });
}

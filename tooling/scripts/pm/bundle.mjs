import { workspaceEnvironment } from './environment.mjs';
import { pnpmPath } from './install.mjs';
import { inRoot } from './paths.mjs';
import { exitLike, runChild } from './run-child.mjs';
import { say, seconds } from './say.mjs';

const filters = ['--filter=@onceover/runner', '--filter=./connectors/*'];

/** Bundles the runner, the connectors and what they depend on. Quiet unless it fails; turbo skips what is unchanged. */
export async function bundle() {
  const startedAt = Date.now();
  say('Bundling the runner and the connectors (the first time about ten seconds) …');
  const stillThere = setInterval(() => say(`  … ${seconds(startedAt)}`), 5000);
  const result = await runChild(
    inRoot('node_modules', '.bin', 'turbo'),
    ['run', 'bundle', ...filters, '--output-logs=errors-only'],
    { env: workspaceEnvironment(pnpmPath()), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  clearInterval(stillThere);
  if (result.code !== 0) {
    say(result.output);
    say('The bundle failed; what is above says why.');
    exitLike(result);
  }
  say(`Bundled in ${seconds(startedAt)}.`);
}

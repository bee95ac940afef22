#!/usr/bin/env node
// What the root scripts call: on any Node >= 20 with only npm present it sets the workspace up (installs and bundles
// when needed) and runs the wanted command on the workspace's own Node 26. Nothing here may import from node_modules.
import { bundle } from './pm/bundle.mjs';
import { ensureInstalled } from './pm/install.mjs';
import { runNode26 } from './pm/node26.mjs';
import { exitLike } from './pm/run-child.mjs';

const SOURCE = '--conditions=@onceover/source';

/**
 * name → what it needs first and what Node 26 is then started with.
 * @type {Record<string, { bundles: boolean, argv?: string[] }>}
 */
const commands = {
  start: { bundles: true, argv: ['apps/runner/bin/onceover.mjs', 'demo'] },
  test: { bundles: true, argv: ['node_modules/vitest/vitest.mjs', 'run'] },
  check: { bundles: true, argv: ['tooling/scripts/check.ts'] },
  bench: { bundles: true, argv: [SOURCE, 'tooling/bench/run.ts'] },
  crash: { bundles: true, argv: [SOURCE, 'tooling/crash-test/run.ts'] },
  mutants: { bundles: true, argv: [SOURCE, 'tooling/mutants/run.ts'] },
  'release-manifests': { bundles: true, argv: ['tooling/scripts/release-manifests.ts'] },
  setup: { bundles: true },
};

const [name = '', ...rest] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command === undefined) {
  console.error(`usage: node tooling/scripts/pm.mjs ${Object.keys(commands).join(' | ')} [arguments]`);
  process.exit(2);
}

await ensureInstalled();
if (command.bundles) await bundle();
if (command.argv !== undefined) exitLike(await runNode26([...command.argv, ...rest]));

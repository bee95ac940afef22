#!/usr/bin/env node
// Runs the CLI on Node 26 or later, whatever Node started this file: an older one starts the bundled binary.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const requiredMajor = 26;
const entry = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..', 'dist', 'cli', 'main.js');

function bundledNode() {
  const require = createRequire(import.meta.url);
  for (const name of [
    `node-${process.platform}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
  ]) {
    try {
      return join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node');
    } catch {
      // not the package of this platform
    }
  }
  return undefined;
}

if (!existsSync(entry)) {
  console.error(
    'onceover is not built yet. Run `npm start`, or `pnpm bundle`, at the root of the repository.',
  );
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) >= requiredMajor) {
  const { main } = await import(pathToFileURL(entry).href);
  await main(process.argv);
} else {
  const node = bundledNode();
  if (node === undefined) {
    console.error(
      `onceover needs Node ${requiredMajor}. Install it, or run \`npm install\` at the root, which brings one.`,
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}

// node write-manifest.mjs <outDir>: writes <outDir>/manifest.json from <outDir>/index.js of the package in the
// working directory. Keys are sorted so that the same connector always gives the same bytes.
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const outDir = resolve(process.argv[2] ?? 'dist');
// Resolved from the package, not from here: the connector's own copy of the contract describes it.
const fromPackage = createRequire(join(process.cwd(), 'package.json'));
const { manifestOf } = await import(pathToFileURL(fromPackage.resolve('@onceover/contract')).href);
const code = await import(pathToFileURL(join(outDir, 'index.js')).href);
const connector = code.connector ?? code.default;
if (connector === undefined) {
  throw new Error(
    `${join(outDir, 'index.js')} exports neither \`connector\` nor a default: nothing to describe`,
  );
}
await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(sorted(manifestOf(connector)), null, 2)}\n`);

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

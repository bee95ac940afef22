// pnpm generate: gathers the connectors' golden templates into the file that the demo and the tests replay.
import { mkdirSync, readdirSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const names = ['golden-templates.json', 'golden-templates.generated.json'];
const files = readdirSync(join(root, 'connectors'))
  .sort()
  .flatMap((connector) => names.map((name) => join(root, 'connectors', connector, 'fixtures', name)))
  .filter((file) => existsSync(file))
  .map((file) => JSON.parse(readFileSync(file, 'utf8')));

const folder = join(root, 'apps', 'runner', 'golden');
const expectations = JSON.parse(readFileSync(join(folder, 'expectations.json'), 'utf8'));

// In turns, so that neighbours in a replay are of different vendors.
const longest = Math.max(...files.map(({ templates }) => templates.length));
const templates = Array.from({ length: longest }, (_, index) =>
  files.flatMap(({ templates }) => templates[index] ?? []),
)
  .flat()
  .map((template) => {
    const expected = expectations[template.name];
    if (expected === undefined)
      throw new Error(`golden/expectations.json does not say what "${template.name}" causes`);
    return { ...template, ...expected };
  });

mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, 'webhooks.generated.json'),
  `${JSON.stringify({ source: files.map(({ source }) => source).join(' · '), templates }, null, 2)}\n`,
);

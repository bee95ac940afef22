import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFixture, link } from './fixture.ts';

const workspace = fileURLToPath(new URL('../../../', import.meta.url));

const RUNTIME = '../../../packages/runtime/src/index.ts';

/** rule → a file that breaks it and the file's text. */
const offences: Record<string, [path: string, text: string]> = {
  'arrows-of-a-connector': ['connectors/acme/src/index.ts', `import { a } from '${RUNTIME}'; a();`],
  'arrows-of-packages-contract': [
    'packages/contract/src/uses-store.ts',
    `import '../../store/src/index.ts';`,
  ],
  'arrows-of-packages-audit-log': ['packages/audit-log/src/index.ts', `import '@onceover/contract';`],
  'arrows-of-packages-connector-kit': [
    'packages/connector-kit/src/a.ts',
    `import '../../broker/src/index.ts';`,
  ],
  'arrows-of-packages-automation': [
    'packages/automation/src/a.ts',
    `import type { a } from '${RUNTIME}'; export type B = typeof a;`,
  ],
  'arrows-of-packages-store': ['packages/store/src/uses-broker.ts', `import '../../broker/src/index.ts';`],
  'arrows-of-packages-broker': [
    'packages/broker/src/uses-runtime.ts',
    `import '../../runtime/src/index.ts';`,
  ],
  'arrows-of-packages-runtime': [
    'packages/runtime/src/uses-runner.ts',
    `import '../../../apps/runner/src/index.ts';`,
  ],
  'arrows-of-apps-runner': [
    'apps/runner/src/uses-kit.ts',
    `import '../../../packages/connector-kit/src/index.ts';`,
  ],
  'arrows-of-apps-console': ['apps/console/src/index.ts', `import '@onceover/runtime';`],
  'connectors-are-loaded-by-name': [
    'apps/runner/src/uses-connector.ts',
    `export const c = import('@onceover/connector-acme');`,
  ],
  'nothing-imports-tooling': [
    'packages/broker/src/uses-tooling.ts',
    `import '../../../tooling/scripts/x.ts';`,
  ],
  'contract-depends-on-zod-alone': ['packages/contract/src/uses-npm.ts', `import 'lodash';`],
  'contract-and-automation-are-pure': ['packages/automation/src/reads.ts', `import 'node:fs/promises';`],
  'postgres-in-store-alone': ['packages/runtime/src/uses-pg.ts', `import 'pg';`],
  'sockets-in-broker-alone': ['packages/runtime/src/uses-http.ts', `import 'node:https';`],
  'broker-and-runtime-do-not-listen': ['packages/broker/src/listens.ts', `import 'fastify';`],
  'engine-imports-no-other-room-of-runtime': [
    'packages/runtime/src/engine/a.ts',
    `import '../ingress/a.ts';`,
  ],
  'no-circular-imports': ['packages/runtime/src/ingress/a.ts', `import './b.ts'; export const a = 1;`],
  'imports-resolve': ['packages/runtime/src/typo.ts', `import './nowhere.ts';`],
};

/** Files that break nothing. */
const innocent: Record<string, string> = {
  'packages/contract/src/index.ts': `import 'zod'; import 'node:crypto'; export const c = 1;`,
  'packages/store/src/index.ts': `import '@onceover/contract'; import 'pg';`,
  'packages/store/src/embedded/port.ts': `import 'node:net';`,
  'packages/broker/src/index.ts': `import 'undici'; import 'node:dns/promises'; import '../../store/src/index.ts';`,
  'packages/broker/vitest.config.ts': `import '../../tooling/vitest-config/index.mjs';`,
  'packages/connector-kit/src/index.ts': `import '../../contract/src/index.ts';`,
  'packages/connector-kit/src/sandbox/index.ts': `import 'node:http';`,
  'packages/runtime/src/index.ts': `import '../../broker/src/index.ts'; export const a = () => 1;`,
  'packages/runtime/src/ingress/b.ts': `import type { a } from './a.ts'; export type B = typeof a;`,
  'packages/runtime/src/ingress/c.test.ts': `import 'node:http';`,
  'apps/runner/src/index.ts': `import '../../../packages/runtime/src/index.ts'; import 'fastify';`,
  'connectors/acme/src/sandbox/index.ts': `import 'node:http'; import '../../../../packages/contract/src/index.ts';`,
  'tooling/scripts/x.ts': `import '../../packages/runtime/src/index.ts'; import '../../connectors/acme/src/index.ts';`,
  'tooling/vitest-config/index.mjs': '',
};

interface Violation {
  from: string;
  rule: string;
}

describe('the arrows between rooms', () => {
  let violations: Violation[] = [];
  let dispose = () => {};

  beforeAll(() => {
    const fixture = createFixture({
      ...innocent,
      ...Object.fromEntries(Object.values(offences)),
      // A second file, so that the circle closes.
      'packages/runtime/src/ingress/b.ts': `import { a } from './a.ts'; export const b = a;`,
      'packages/contract/package.json':
        '{"name":"@onceover/contract","exports":{".":{"@onceover/source":"./src/index.ts"}}}',
      ...Object.fromEntries(
        ['zod', 'pg', 'undici', 'fastify'].map((name) => [`node_modules/${name}/index.js`, '']),
      ),
    });
    dispose = fixture.dispose;
    link(fixture.root, { importer: 'packages/store', name: '@onceover/contract', to: 'packages/contract' });
    violations = cruise(fixture.root);
  });
  afterAll(() => dispose());

  test.each(Object.entries(offences))('%s: the offending import is found', (rule, [path]) => {
    expect(violations).toContainEqual({ from: path, rule });
  });

  test('an import from a connector to the runtime fails', () => {
    expect(violations.filter(({ from }) => from === 'connectors/acme/src/index.ts')).toEqual([
      { from: 'connectors/acme/src/index.ts', rule: 'arrows-of-a-connector' },
    ]);
  });

  test('what the arrows allow is not reported', () => {
    const unexpected = violations.filter(
      ({ from, rule }) => from in innocent && rule !== 'no-circular-imports',
    );
    expect(unexpected).toEqual([]);
  });
});

function cruise(root: string): Violation[] {
  const args = ['--config', `${workspace}.dependency-cruiser.cjs`, '--output-type', 'json'];
  const program = `${workspace}node_modules/dependency-cruiser/bin/dependency-cruiser.mjs`;
  const output = execFileSync(
    process.execPath,
    [program, ...args, 'packages', 'connectors', 'apps', 'tooling'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const { summary } = JSON.parse(output) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  return summary.violations.map(({ from, rule }) => ({ from, rule: rule.name }));
}

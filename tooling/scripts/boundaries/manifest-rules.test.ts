import { describe, expect, test } from 'vitest';
import arrows from './arrows.json' with { type: 'json' };
import { findManifestViolations } from './manifest-rules.ts';

const rules = (room: string, manifest: object) =>
  findManifestViolations({ path: `${room}/package.json`, text: JSON.stringify(manifest) }, arrows).map(
    ({ rule }) => rule,
  );

describe('package.json', () => {
  test('a connector that depends on the runtime fails, as a development dependency too', () => {
    const ours = { '@onceover/runtime': 'workspace:*' };
    expect(rules('connectors/acme', { dependencies: ours })).toEqual(['arrows']);
    expect(rules('connectors/acme', { devDependencies: ours })).toEqual(['arrows']);
    expect(rules('connectors/acme', { peerDependencies: ours })).toEqual(['arrows']);
  });

  test('the arrows of the house pass', () => {
    expect(
      rules('connectors/acme', {
        dependencies: { '@onceover/contract': '', '@onceover/connector-kit': '', undici: '' },
      }),
    ).toEqual([]);
    expect(
      rules('packages/runtime', {
        dependencies: { '@onceover/broker': '' },
        devDependencies: { '@onceover/vitest-config': '' },
      }),
    ).toEqual([]);
    expect(
      rules('tooling/bench', { dependencies: { '@onceover/runtime': '', '@onceover/connector-acme': '' } }),
    ).toEqual([]);
  });

  test('tooling is for development alone', () => {
    expect(rules('packages/broker', { dependencies: { '@onceover/vitest-config': '' } })).toEqual(['arrows']);
  });

  test('the contract depends on zod alone', () => {
    expect(
      rules('packages/contract', { dependencies: { zod: '' }, devDependencies: { 'fast-check': '' } }),
    ).toEqual([]);
    expect(rules('packages/contract', { dependencies: { zod: '', ms: '' } })).toEqual([
      'contract-depends-on-zod-alone',
    ]);
  });

  test('a package for everything is refused, whatever its name for it is', () => {
    expect(rules('packages/shared', { name: '@onceover/shared' })).toContain('no-shared-package');
    expect(rules('packages/string-utils', {})).toContain('no-shared-package');
    expect(rules('tooling/x', { name: '@onceover/test-helpers' })).toEqual(['no-shared-package']);
  });

  test('a new room must first get its arrows', () => {
    expect(rules('packages/ledger', { name: '@onceover/ledger' })).toEqual(['arrows']);
  });
});

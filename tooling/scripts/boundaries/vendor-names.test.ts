import { describe, expect, test } from 'vitest';
import { findVendorNames } from './vendor-names.ts';

const vendors = ['acme', 'hooli'];
const find = (text: string, path = 'packages/broker/src/a.ts') => findVendorNames({ path, text }, vendors);

describe('a vendor in packages/', () => {
  test.each([
    'acme',
    'const acmeToken = 1',
    'isAcme',
    'ACME_KEY',
    'x-acme-signature',
    'AcmeError',
    '// as Hooli does',
    'acme2',
  ])('%s is found', (text) => {
    expect(find(`\n${text}`)).toEqual([
      expect.objectContaining({ rule: 'no-vendor-names-in-packages', at: 'packages/broker/src/a.ts:2' }),
    ]);
  });

  test.each(['acmeology', 'pinacme', 'ACMEDOC'])('%s is another word', (text) => {
    expect(find(text)).toEqual([]);
  });

  test('prose, SQL and tests of packages count as well', () => {
    expect(find('acme', 'packages/broker/README.md')).toHaveLength(1);
    expect(find('acme', 'packages/store/src/queries/a.sql')).toHaveLength(1);
    expect(find('acme', 'packages/store/src/a.test.ts')).toHaveLength(1);
  });

  test('connectors, the runner and tooling may say it', () => {
    for (const path of ['connectors/acme/src/index.ts', 'apps/runner/automations/a.ts', 'tooling/x.ts']) {
      expect(find('acme', path)).toEqual([]);
    }
  });
});

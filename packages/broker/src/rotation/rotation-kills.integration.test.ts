import { expect, test, vi } from 'vitest';
import type { RotationFacts } from '../testing/rotation-connector.fixture.ts';
import { type Kill, runRotationKills } from '../testing/rotation-kills.fixture.ts';

// Processes are started and leases run out: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 90_000 });

const dual = { mode: 'dual', seconds: 1 } as const;

const byApi: readonly Kill[] = [
  'asked', // the vendor has made the secret, or got it
  'committed', // stored as pending
  'saving', // tested
  'committed',
  'committing', // about to be in use
  'committed',
  'asked', // the old one ended at the vendor
];
const byPerson: readonly Kill[] = [
  'saving', // given, and not stored
  'committed',
  'claimed', // to be tested
  'committed',
  'committing', // about to be in use
  'committed',
  'asked', // the old one ended at the vendor
];

test.concurrent.for<[issuer: RotationFacts['issuer'], kills: readonly Kill[]]>([
  ['vendor', byApi],
  ['runtime', byApi],
  ['person', byPerson],
])(
  'a rotation of a secret that the %s issues, its runner killed at each step: no call fails, and nothing is left over',
  async ([issuer, kills]) => {
    const result = await runRotationKills({ issuer, overlap: dual }, { rotations: 1, kills });
    expect(result).toMatchObject({ outcome: 'rotated', proven: true, orphans: 0, wrongLooks: [] });
    expect(Object.keys(result.statuses)).toEqual(['200']);
    expect(result.looks).toBeGreaterThan(50);
    expect(Object.values(result.kills).reduce((sum, count) => sum + count, 0)).toBe(kills.length);
  },
);

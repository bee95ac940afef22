import { keepsSubscription, manifestOf, manifestSchema } from '@onceover/contract';
import { expect } from 'vitest';
import type { Line, Subject } from './line.ts';

export function manifestLines<State>({ connector, options }: Subject<State>): Line[] {
  const { manifest } = connector;
  return [
    {
      about: 'manifest',
      name: 'it is valid, and the same after a way through JSON',
      run() {
        const text = JSON.stringify(manifestOf(connector));
        expect(manifestSchema.parse(JSON.parse(text))).toEqual(manifest);
        expect(JSON.stringify(manifestOf(connector))).toBe(text);
      },
    },
    {
      about: 'manifest',
      name: 'its id is the sandbox’s, and every operation and trigger has its sample',
      run() {
        expect(options.sandbox.id).toBe(manifest.id);
        // What keeps a subscription has a story of its own: see subscription-lines.ts.
        const sampled = manifest.operations.filter(({ name }) => !keepsSubscription(manifest, name));
        const kinds = sampled.map(({ name, kind }) => [name, kind] as const);
        const samples = Object.entries(options.samples).map(([name, { kind }]) => [name, kind] as const);
        expect(new Map(samples)).toEqual(new Map(kinds));
        expect(new Set(Object.keys(options.triggers))).toEqual(
          new Set(manifest.triggers.map(({ name }) => name)),
        );
      },
    },
    {
      about: 'manifest',
      name: 'an operation’s name is its domain operation’s, and its connector serves one domain',
      run() {
        for (const { name, implements: domain } of manifest.operations) {
          if (domain !== undefined) expect(domain).toBe(`${manifest.domain}.${name}`);
        }
      },
    },
    {
      about: 'manifest',
      name: 'its rate limits count calls that its operations make',
      run() {
        const calls = manifest.operations.flatMap((operation) => [
          ...operation.reads,
          ...(operation.kind === 'write' ? operation.writes : []),
        ]);
        for (const { calls: counted = [], costs = [] } of manifest.rateLimits) {
          for (const call of [...counted, ...costs.map((cost) => cost.call)]) expect(calls).toContain(call);
        }
      },
    },
  ];
}

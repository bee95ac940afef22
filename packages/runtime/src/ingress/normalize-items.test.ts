import type { NormalizedItem } from '@onceover/broker';
import { errorToData, UpstreamError, ValidationError } from '@onceover/contract';
import { expect, test } from 'vitest';
import type { Catalog } from '../automations/catalog.ts';
import { createRandomness, systemClock } from '../ports.ts';
import { createFakeBroker, createVendor } from '../testing/fake-broker.ts';
import { itemsWebhook } from '../testing/webhook.ts';
import { normalizeItems, type ReadyItem } from './normalize-items.ts';

const broker = createFakeBroker({
  vendor: createVendor(),
  operations: [],
  webhook: itemsWebhook,
  connections: [
    { id: 'a', tenant: 'a' },
    { id: 'b', tenant: 'b' },
  ],
});

async function ready(tenant: 'a' | 'b', id: number): Promise<ReadyItem> {
  const connection = await broker.connections.get(tenant, tenant);
  if (connection === undefined) throw new Error('no connection');
  const key = `${tenant}${id}`;
  const item = { id: key };
  return {
    connection,
    trigger: itemsWebhook,
    key,
    recordKey: key,
    deliveryId: '',
    isEcho: false,
    item,
    record: undefined,
  };
}

/** Asks a host that cannot take some items; gives what was asked, and which items were blamed. */
async function normalize(
  keys: readonly (readonly ['a' | 'b', number])[],
  bad: ReadonlySet<string>,
  options: { isPatient?: boolean; error?: Error } = {},
) {
  const { error = new UpstreamError('memory', { code: 'host_memory' }), ...patience } = options;
  const asked: string[] = [];
  const idOf = (item: unknown) => (item as { id: string }).id;
  const ports = {
    broker: {
      ...broker,
      normalize: async ({ items }: { items: readonly { item: unknown }[] }) => {
        const ids = items.map(({ item }) => idOf(item));
        asked.push(ids.join('+'));
        if (ids.some((id) => bad.has(id))) return { error: errorToData(error) };
        return { items: items.map((): NormalizedItem => ({ events: [] })) };
      },
    },
    catalog: {} as Catalog,
    clock: systemClock,
    randomness: createRandomness(),
  };
  const items = await Promise.all(keys.map(([tenant, id]) => ready(tenant, id)));
  const results = await normalizeItems(items, ports, new AbortController().signal, patience).catch(
    (thrown: Error) => thrown,
  );
  const blamed =
    results instanceof Error
      ? results.message
      : results.flatMap(({ isFailed }, index) => (isFailed ? [items[index]?.key] : []));
  return { asked, blamed };
}

test('normalise: neighbours of one host go together, in one message', async () => {
  const { asked, blamed } = await normalize(
    [
      ['a', 1],
      ['a', 2],
      ['b', 3],
      ['a', 4],
    ],
    new Set(),
  );
  expect(asked).toEqual(['a1+a2', 'b3', 'a4']);
  expect(blamed).toEqual([]);
});

test('normalise: an item is blamed when others of its host get through, also in other messages', async () => {
  expect(
    await normalize(
      [
        ['a', 1],
        ['b', 2],
        ['a', 3],
      ],
      new Set(['a3']),
    ),
  ).toEqual({ asked: ['a1', 'b2', 'a3', 'a3', 'a3'], blamed: ['a3'] });
});

test('normalise: what nobody of a host gets through is the host’s trouble, found with few questions', async () => {
  const keys = Array.from({ length: 20 }, (_, index) => ['a', index] as const);
  const { asked, blamed } = await normalize(keys, new Set(keys.map(([tenant, id]) => `${tenant}${id}`)));
  expect(blamed).toBe('memory');
  expect(asked.slice(1)).toEqual(['a0', 'a1', 'a2', 'a19']);
});

test('normalise: bad items at the front do not make it the host’s trouble', async () => {
  const keys = [1, 2, 3, 4, 5].map((id) => ['a', id] as const);
  expect((await normalize(keys, new Set(['a1', 'a2', 'a3', 'a4']))).blamed).toEqual(['a1', 'a2', 'a3', 'a4']);
});

test('normalise: the trouble of one tenant’s host holds up the others, but not for ever', async () => {
  const keys = [
    ['a', 1],
    ['b', 2],
  ] as const;
  expect((await normalize(keys, new Set(['a1']))).blamed).toBe('memory');
  expect((await normalize(keys, new Set(['a1']), { isPatient: false })).blamed).toEqual(['a1']);
  expect((await normalize(keys, new Set(['a1', 'b2']), { isPatient: false })).blamed).toBe('memory');
});

test('normalise: an error that no later try can mend is the item’s own', async () => {
  const error = new ValidationError('too large', { code: 'host_message' });
  expect(await normalize([['a', 1]], new Set(['a1']), { error })).toEqual({ asked: ['a1'], blamed: ['a1'] });
});

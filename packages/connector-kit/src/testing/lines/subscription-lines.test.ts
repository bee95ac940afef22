import { expect, test } from 'vitest';
import { conformanceLines } from '../conformance-lines.ts';
import { describeConnector } from '../describe-connector.ts';
import { loadContract } from '../guard/load-contract.ts';
import { toyConnector, toyWebhook } from '../toy/toy-connector.ts';
import { toyContract } from '../toy/toy-contract.ts';
import {
  toyFindContact,
  toyListChanged,
  toyUpsertCompanies,
  toyUpsertContacts,
} from '../toy/toy-operations.ts';
import { toyOptions } from '../toy/toy-options.ts';
import { toySandbox } from '../toy/toy-sandbox.ts';
import {
  toyHookContract,
  toyHookHandlers,
  toyHooks,
  toySubscription,
  toySubscriptionOperations,
} from '../toy/toy-subscriptions.ts';

function subject(changes: Parameters<typeof toySubscriptionOperations>[0] = {}) {
  const plain = toySandbox();
  const connector = toyConnector({
    operations: [
      toyUpsertContacts(),
      toyFindContact(),
      toyListChanged(),
      toyUpsertCompanies(),
      ...toySubscriptionOperations(changes),
    ],
    triggers: [toyWebhook({ subscription: toySubscription })],
  });
  const options = toyOptions({
    sandbox: toySandbox({
      handlers: (context) => [...plain.handlers(context), ...toyHookHandlers(context)],
    }),
    contract: loadContract({ ...toyContract, operations: { ...toyContract.operations, ...toyHookContract } }),
  });
  return { connector, options };
}

// One that does all right passes every line, and needs no sample.
const right = subject();
describeConnector(right.connector, right.options);

const story = 'one is made, listed with its URL and topics, and removed; a second removal finds nothing';

test.each<[what: string, changes: Parameters<typeof subject>[0], about: string, line: string]>([
  [
    'lists its first page alone',
    {
      list: {
        async run({ http }) {
          const { json } = await http.request({ method: 'GET', path: '/hooks' });
          const { hooks } = json as unknown as { hooks: { id: string; to: string; kinds: string[] }[] };
          return {
            subscriptions: hooks.map(({ id, to, kinds }) => ({
              vendorId: id,
              url: to,
              topics: kinds,
              isActive: true,
            })),
          };
        },
      },
    },
    'subscription',
    'every page is listed, ours and others',
  ],
  [
    'shows its code the signing secret',
    { create: { withholds: [{ pointer: '/key', secret: 'webhookSecret' }] } },
    'subscription',
    'the signing secret stands where the manifest withholds it from the code',
  ],
  [
    'tells other topics than there are',
    {
      list: {
        run: async (context) => ({
          subscriptions: (await toyHooks(context)).map((one) => ({ ...one, topics: ['changed'] })),
        }),
      },
    },
    'subscription',
    story,
  ],
  [
    'removes nothing',
    {
      remove: {
        run: async ({ records }) =>
          records.map(({ record }) => ({ outcome: 'updated', vendorId: record.vendorId })),
      },
    },
    'subscription',
    story,
  ],
  [
    'takes any answer for a subscription',
    {
      create: {
        async run({ records: [keyed], http }) {
          const { url: to, topics: kinds } = keyed?.record ?? { url: '', topics: [] };
          await http.request({ method: 'POST', path: '/hooks', json: { to, kinds } });
          return [{ outcome: 'created', vendorId: to }];
        },
      },
    },
    'subscription',
    'an answer that is no answer of the vendor’s leaves it unknown whether one was made',
  ],
  [
    'declares a call that it does not make',
    { remove: { reads: ['GET /hooks'] } },
    'subscriptions.remove',
    'every declared call is made, and no other',
  ],
])('a connector that %s fails its line', async (_what, changes, about, name) => {
  const { connector, options } = subject(changes);
  const line = conformanceLines(connector, options).find((one) => one.about === about && one.name === name);
  expect(line).toBeDefined();
  await expect((async () => line?.run())()).rejects.toThrow(/./);
});

import {
  crm,
  decimalCodec,
  fromMinorUnits,
  minorUnitCodec,
  type Operation,
  toMinorUnits,
  type Trigger,
  UpstreamError,
} from '@onceover/contract';
import { expect, test } from 'vitest';
import { conformanceLines } from './conformance-lines.ts';
import type { ConformanceOptions } from './conformance-options.ts';
import { describeConnector } from './describe-connector.ts';
import { toyConnector, toyWebhook } from './toy/toy-connector.ts';
import {
  toyFindContact,
  toyListChanged,
  toyUpsertCompanies,
  toyUpsertContacts,
} from './toy/toy-operations.ts';
import { toyOptions } from './toy/toy-options.ts';
import { toySandbox, type ToyState } from './toy/toy-sandbox.ts';
import { toySignature } from './toy/toy-signature.ts';

// A connector that does all right passes every line.
describeConnector(toyConnector(), toyOptions({ money: minorUnitCodec() }));

interface Wrong {
  /** What is wrong with the connector. */
  what: string;
  operations?: Partial<Record<'upsert' | 'find' | 'list' | 'companies', Operation>>;
  trigger?: Trigger;
  options?: Partial<ConformanceOptions<ToyState>>;
  /** A line that must fail; others may as well. */
  fails: string;
}

/** The line that must catch what is wrong. */
function lineOf({ operations = {}, trigger, options, fails }: Wrong) {
  const connector = toyConnector({
    operations: [
      operations.upsert ?? toyUpsertContacts(),
      operations.find ?? toyFindContact(),
      operations.list ?? toyListChanged(),
      operations.companies ?? toyUpsertCompanies(),
    ],
    triggers: [trigger ?? toyWebhook()],
  });
  const line = conformanceLines(connector, toyOptions(options)).find(
    ({ about, name }) => `${about}: ${name}` === fails,
  );
  if (line === undefined) throw new Error(`The suite has no line "${fails}"`);
  return line;
}

const upsert = toyUpsertContacts();
const companies = toyUpsertCompanies();

const wrongs: readonly Wrong[] = [
  {
    what: 'sends a field under another name',
    operations: {
      upsert: toyUpsertContacts({
        async run({ records, http }) {
          const people = records.map(({ record, naturalKey }) => ({
            mail: naturalKey,
            name: record.firstName,
          }));
          await http.request({ method: 'POST', path: '/people/batch', json: { people } });
          return records.map(() => ({ outcome: 'created', vendorId: 'p1' }));
        },
      }),
    },
    fails: 'contacts.upsert: its records become one write, exactly as the sample spells it out',
  },
  {
    what: 'takes the status of a batch for success',
    operations: {
      upsert: toyUpsertContacts({
        async run(context) {
          const outcomes = await upsert.run(context);
          return outcomes.map((outcome, index) =>
            outcome.outcome === 'outcome_unknown' ? { outcome: 'updated', vendorId: `p${index}` } : outcome,
          );
        },
      }),
    },
    fails:
      'contacts.upsert: a record that the answer does not mention is outcome_unknown, whatever the status says',
  },
  {
    what: 'reads results by position',
    operations: {
      upsert: toyUpsertContacts({
        async run({ records, http }) {
          const people = records.map(({ record, naturalKey }) => ({
            mail: naturalKey,
            first: record.firstName,
          }));
          const { json } = await http.request({ method: 'POST', path: '/people/batch', json: { people } });
          const { results } = json as { results: { id: string }[] };
          return records.map((_, index) => ({ outcome: 'created', vendorId: results[index]?.id ?? 'none' }));
        },
      }),
    },
    fails: 'contacts.upsert: results in another order still belong to their own records',
  },
  {
    what: 'hides the vendor’s refusals',
    operations: {
      upsert: toyUpsertContacts({
        async run(context) {
          try {
            return await upsert.run(context);
          } catch {
            return context.records.map(() => ({ outcome: 'updated', vendorId: 'p1' }));
          }
        },
      }),
    },
    fails: 'contacts.upsert: 403 is ScopeError, in the vendor’s own words',
  },
  {
    what: 'behaves otherwise in plan mode',
    operations: {
      upsert: toyUpsertContacts({
        run: (context) =>
          upsert.run({
            ...context,
            records: context.mode === 'plan' ? context.records.slice(0, 1) : context.records,
          }),
      }),
    },
    fails: 'contacts.upsert: plan mode writes nothing and renders the bytes that execution sends',
  },
  {
    what: 'writes twice in one call',
    operations: {
      upsert: toyUpsertContacts({
        async run(context) {
          await upsert.run(context);
          return upsert.run(context);
        },
      }),
    },
    fails: 'contacts.upsert: each record takes effect once, under its own natural key',
  },
  {
    what: 'makes a call that it does not declare',
    operations: {
      upsert: toyUpsertContacts({
        async run(context) {
          await context.http.request({ method: 'GET', path: '/people/p1', accept: [404] });
          return upsert.run(context);
        },
      }),
    },
    fails: 'contacts.upsert: its records become one write, exactly as the sample spells it out',
  },
  {
    what: 'declares a call that it never makes',
    operations: { upsert: toyUpsertContacts({ reads: ['GET /people/{id}'] }) },
    fails: 'contacts.upsert: every declared call is made, and no other',
  },
  {
    what: 'declares a header that it never sends',
    operations: { upsert: toyUpsertContacts({ requestHeaders: ['X-Toy'] }) },
    fails: 'contacts.upsert: every declared call is made, and no other',
  },
  {
    what: 'asks for a scope too many',
    operations: { upsert: toyUpsertContacts({ scopes: ['people.write', 'people.read'] }) },
    fails: 'contacts.upsert: its scopes are a smallest set that the vendor’s contract asks for its calls',
  },
  {
    what: 'asks for a scope that does not suffice',
    operations: { upsert: toyUpsertContacts({ scopes: ['people.read'] }) },
    fails: 'contacts.upsert: its scopes are a smallest set that the vendor’s contract asks for its calls',
  },
  {
    what: 'sets the idempotency key itself',
    operations: {
      companies: toyUpsertCompanies({
        requestHeaders: ['Toy-Key'],
        run: (context) =>
          companies.run({
            ...context,
            http: {
              request: (request) =>
                context.http.request(
                  request.method === 'POST' ? { ...request, headers: { 'Toy-Key': 'mine' } } : request,
                ),
            },
          }),
      }),
    },
    fails: 'companies.upsert: its records become one write, exactly as the sample spells it out',
  },
  {
    what: 'creates without looking first',
    operations: {
      companies: toyUpsertCompanies({
        run: (context) =>
          companies.run({
            ...context,
            links: { ...context.links, find: async () => new Map() },
            http: blind(context.http),
          }),
      }),
    },
    fails: 'companies.upsert: repeated, it stays one record, and says so',
  },
  {
    what: 'never finds a lost record',
    operations: { companies: toyUpsertCompanies({ lookup: async ({ records }) => records.map(() => null) }) },
    fails: 'companies.upsert: a record whose answer was lost is found by lookup, with reads alone',
  },
  {
    what: 'finds records that were never written',
    operations: { companies: toyUpsertCompanies({ lookup: async ({ records }) => records.map(() => 'f1') }) },
    fails: 'companies.upsert: lookup finds nothing where nothing was written',
  },
  {
    what: 'renders another write each time',
    operations: {
      companies: toyUpsertCompanies({
        run: (context) =>
          companies.run({
            ...context,
            records: context.records.map((keyed) => ({
              ...keyed,
              record: { ...(keyed.record as object), name: `Example ${Math.random()}` },
            })),
          }),
      }),
    },
    fails: 'companies.upsert: plan mode writes nothing and renders the bytes that execution sends',
  },
  {
    what: 'lists for ever',
    operations: {
      list: toyListChanged({
        async run({ http }) {
          await http.request({ method: 'GET', path: '/people', query: { since: '2026-01-01T00:00:00Z' } });
          return { contacts: [], cursor: '1' };
        },
      }),
    },
    fails: 'contacts.listChanged: pagination ends, and every item comes once',
  },
  {
    what: 'takes an unknown answer for a record',
    operations: {
      find: toyFindContact({
        async run({ http }) {
          const { json } = await http.request({ method: 'GET', path: '/people/p1', accept: [404, 500] });
          return { contact: json === undefined ? null : { vendorId: 'p1' } };
        },
      }),
    },
    fails: 'contacts.find: a person is found by id: 500 is UpstreamError, in the vendor’s own words',
  },
  {
    what: 'verifies with another algorithm',
    trigger: toyWebhook({ signature: { ...toySignature, algorithm: 'sha1' } }),
    fails:
      'events: a delivery of two items: what the vendor’s SDK signed is accepted, with its secret alone or beside another',
  },
  {
    what: 'reads the signed time in another unit',
    trigger: toyWebhook({
      signature: { ...toySignature, timestamp: { unit: 'milliseconds', toleranceSeconds: 300 } },
    }),
    fails:
      'events: a delivery of two items: what the vendor’s SDK signed is accepted, with its secret alone or beside another',
  },
  {
    what: 'has a key that two items share',
    trigger: toyWebhook({ key: [{ pointer: '/event' }] }),
    fails: 'events: different items have different keys, and the same item always the same',
  },
  {
    what: 'has a key that items do not have',
    trigger: toyWebhook({ key: [{ pointer: '/id' }] }),
    fails: 'events: an array that repeats half of an earlier one brings only the new half',
  },
  {
    what: 'normalises into what the domain does not know',
    trigger: toyWebhook({
      normalize: () => [{ type: crm.contactChanged.type, data: { contact: { id: 'p1' } } }],
    }),
    fails: 'events: normalize: a changed person',
  },
  {
    what: 'makes events of things it does not know',
    trigger: toyWebhook({
      normalize: () => [
        {
          type: crm.contactChanged.type,
          data: { contact: { vendorId: 'p1' }, change: 'updated', fields: [] },
        },
      ],
    }),
    fails: 'events: an item of another kind becomes no event, and a broken one does not stop its neighbours',
  },
  {
    what: 'declares an event that it never yields',
    trigger: toyWebhook({ events: [crm.contactChanged.type, crm.leadQualified.type] }),
    fails: 'events: every declared event type is yielded by some golden item',
  },
  {
    what: 'hydrates with a field that items do not have',
    trigger: toyWebhook({ hydrate: { operation: 'contacts.find', input: { vendorId: '/nobody' } } }),
    fails: 'events: items that are hydrated give the read a valid input, and only they have a record',
  },
  {
    what: 'has a fake that answers what the vendor does not publish',
    options: {
      sandbox: toySandbox({
        failure: ({ status }) => ({ status, headers: [], body: '{"message":"no","invented":true}' }),
      }),
    },
    fails: 'contacts.upsert: 422 is ValidationError, in the vendor’s own words',
  },
  {
    what: 'has a fake that signs with another scheme',
    options: {
      sandbox: toySandbox({
        webhook: { scheme: { ...toySignature, algorithm: 'sha512' }, body: (event) => [event].flat() },
      }),
    },
    fails: 'events: the sandbox signs as the vendor’s SDK does, and its deliveries are accepted',
  },
  {
    what: 'loses money of currencies without decimals',
    options: {
      money: {
        encode: (money) => toMinorUnits(money).toString(),
        decode: (wire, currency) => fromMinorUnits(BigInt(String(wire)), currency, 2),
      },
    },
    fails: 'money: JPY comes back as it went, whatever the amount',
  },
  {
    what: 'loses money in floating point',
    options: {
      money: {
        encode: (money) => Number(money.amount),
        decode: (wire, currency) => decimalCodec().decode(String(wire), currency),
      },
    },
    fails: 'money: USD comes back as it went, whatever the amount',
  },
  {
    what: 'has an operation without a sample',
    options: { samples: {} },
    fails: 'manifest: its id is the sandbox’s, and every operation and trigger has its sample',
  },
];

test.each(wrongs)('a connector that $what fails its line', async (wrong) => {
  const { run } = lineOf(wrong);
  await expect((async () => run())()).rejects.toThrow(/./);
});

/** A client whose searches find nothing. */
function blind(http: Parameters<typeof companies.run>[0]['http']): typeof http {
  return {
    async request(request) {
      const response = await http.request(request);
      if (request.method === 'POST') return response;
      if (response.json === undefined) throw new UpstreamError('no body');
      return { ...response, json: { firms: [] } };
    },
  };
}

import {
  type Company,
  type Contact,
  crm,
  errorToData,
  idempotencyKey,
  implement,
  lookup,
  naturalKey,
  type ReadImplementation,
  ValidationError,
  type WriteImplementation,
} from '@onceover/contract';
import { z } from 'zod';
import { encodeForm, matchResults, parseWritten } from '../../index.ts';
import { toyLagSeconds } from './toy-sandbox.ts';

const source = 'https://toy.example/docs';

const batchSchema = z.object({
  results: z.array(z.object({ id: z.string(), mail: z.string(), fresh: z.boolean() })),
  errors: z.array(z.object({ mail: z.string(), message: z.string() })),
});

export function toyUpsertContacts(changes: Partial<WriteImplementation<Contact>> = {}) {
  return implement(crm.contacts.upsert, {
    guarantee: naturalKey('mail'),
    batch: { max: 5 },
    scopes: ['people.write'],
    reads: [],
    writes: ['POST /people/batch'],
    source,
    async run({ records, http }) {
      const { json } = await http.request({
        method: 'POST',
        path: '/people/batch',
        json: { people: records.map(({ record, naturalKey: mail }) => ({ mail, first: record.firstName })) },
      });
      const { results, errors } = parseWritten(batchSchema, json, 'a batch');
      return matchResults(records, [...results, ...errors], {
        recordKey: (record) => record.naturalKey,
        resultKey: ({ mail }) => mail,
        outcome: (result) =>
          'id' in result
            ? { outcome: result.fresh ? 'created' : 'updated', vendorId: result.id }
            : { outcome: 'failed', error: errorToData(new ValidationError(result.message)) },
      });
    },
    ...changes,
  });
}

const personSchema = z.object({ id: z.string(), mail: z.string(), first: z.string(), changed: z.string() });
const toContact = ({ id, mail, first, changed }: z.infer<typeof personSchema>) => ({
  vendorId: id,
  email: mail,
  ...(first === '' ? {} : { firstName: first }),
  updatedAt: changed,
});

type Find = typeof crm.contacts.find extends {
  input: z.ZodType<infer Input>;
  output: z.ZodType<infer Output>;
}
  ? ReadImplementation<Input, Output>
  : never;

export function toyFindContact(changes: Partial<Find> = {}) {
  return implement(crm.contacts.find, {
    scopes: ['people.read'],
    reads: ['GET /people/{id}'],
    source,
    async run({ input, http }) {
      const { status, json } = await http.request({
        method: 'GET',
        path: `/people/${encodeURIComponent(input.vendorId ?? '')}`,
        accept: [404],
      });
      return { contact: status === 404 ? null : toContact(personSchema.parse(json)) };
    },
    ...changes,
  });
}

type List = typeof crm.contacts.listChanged extends {
  input: z.ZodType<infer Input>;
  output: z.ZodType<infer Output>;
}
  ? ReadImplementation<Input, Output>
  : never;

const pageSchema = z.object({ people: z.array(personSchema), next: z.number().optional() });

export function toyListChanged(changes: Partial<List> = {}) {
  return implement(crm.contacts.listChanged, {
    scopes: ['people.read'],
    reads: ['GET /people'],
    source,
    async run({ input, http }) {
      const { json } = await http.request({
        method: 'GET',
        path: '/people',
        query: { since: input.since, ...(input.cursor === undefined ? {} : { page: input.cursor }) },
      });
      const { people, next } = pageSchema.parse(json);
      return { contacts: people.map(toContact), cursor: next === undefined ? null : String(next) };
    },
    ...changes,
  });
}

const firmsSchema = z.object({ firms: z.array(z.object({ id: z.string(), title: z.string() })) });

export function toyUpsertCompanies(changes: Partial<WriteImplementation<Company>> = {}) {
  return implement(crm.companies.upsert, {
    guarantee: idempotencyKey({
      header: 'Toy-Key',
      hours: 24,
      then: lookup('domain', { lagSeconds: toyLagSeconds }),
    }),
    scopes: ['firms'],
    reads: ['GET /firms'],
    writes: ['POST /firms', 'POST /firms/{id}'],
    source,
    async run({ records: [keyed], http, links }) {
      if (keyed === undefined) return [];
      const { naturalKey: domain, record } = keyed;
      const form = encodeForm({ domain, meta: { title: record.name } });
      const linked = (await links.find([domain])).get(domain);
      const known = linked ?? (await findFirm(http, domain))?.id;
      const path = known === undefined ? '/firms' : `/firms/${known}`;
      const { json } = await http.request({ method: 'POST', path, form });
      const { id } = parseWritten(z.object({ id: z.string() }), json, 'a firm');
      return [{ outcome: known === undefined ? 'created' : 'updated', vendorId: id }];
    },
    async lookup({ records, http }) {
      return Promise.all(
        records.map(async ({ naturalKey: domain }) => (await findFirm(http, domain))?.id ?? null),
      );
    },
    ...changes,
  });
}

type Http = Parameters<WriteImplementation<Company>['run']>[0]['http'];

async function findFirm(http: Http, domain: string) {
  const { json } = await http.request({ method: 'GET', path: '/firms', query: { domain } });
  return firmsSchema.parse(json).firms[0];
}

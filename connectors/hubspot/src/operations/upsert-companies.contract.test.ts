import { createWorld, loadContract, readContract } from '@onceover/connector-kit/testing';
import { expect, test } from 'vitest';
import { hubspot } from '../hubspot-connector.ts';
import { sandbox } from '../sandbox/hubspot-sandbox.ts';
import { operationSamples } from '../testing/operation-samples.ts';
import { triggerSamples } from '../testing/trigger-samples.ts';

const options = {
  sandbox,
  contract: loadContract(
    readContract(new URL('../../contract/hubspot-contract.generated.json', import.meta.url)),
  ),
  samples: operationSamples,
  triggers: triggerSamples,
};
const company = (id: string, name: string) => ({
  company: { id, properties: { domain: 'example.com', name } },
});

test('two companies with one domain are a conflict for a person, and nothing is written', async () => {
  const { broker, sandbox, problems } = await createWorld(hubspot, options, (sandbox) =>
    sandbox.seed([company('901', 'Example'), company('902', 'Example Inc')]),
  );
  const { reply } = await broker.run('companies.upsert', { records: [{ domain: 'example.com' }] });
  expect(reply).toMatchObject({
    kind: 'error',
    error: { class: 'ConflictError', code: 'ambiguous_company' },
  });
  expect(sandbox.ledger.history()).toEqual([]);
  expect(problems).toEqual([]);
});

test('a company is searched by its domain alone, and two results are enough to know that it is not one', async () => {
  const { broker } = await createWorld(hubspot, options, (sandbox) =>
    sandbox.seed([
      company('901', 'Example'),
      { company: { id: '902', properties: { domain: 'other.example', name: 'Other' } } },
    ]),
  );
  const { reply, calls } = await broker.run('companies.upsert', { records: [{ domain: 'Example.com' }] });
  expect(reply).toEqual({ kind: 'written', outcomes: [{ outcome: 'updated', vendorId: '901' }] });
  expect(JSON.parse(calls[0]?.request.body ?? '')).toEqual({
    filterGroups: [{ filters: [{ propertyName: 'domain', operator: 'EQ', value: 'example.com' }] }],
    properties: ['domain'],
    sorts: ['createdate'],
    limit: 2,
    after: '0',
  });
});

test('a company whose properties come back empty is the company all the same', async () => {
  const { broker, tamper } = await createWorld(hubspot, options);
  const found = { results: [{ id: '9', properties: { domain: 'example.com', name: null } }] };
  tamper((answer) => ({ ...answer, body: JSON.stringify(found) }));
  const lookup = (records: object[]) => broker.lookup('companies.upsert', records as []);
  expect((await lookup([{ domain: 'example.com' }])).reply).toEqual({ kind: 'looked-up', vendorIds: ['9'] });
  expect((await lookup([{ domain: 'example.com', name: 'Example' }])).reply).toEqual({
    kind: 'looked-up',
    vendorIds: [null],
  });
});

test('lookup: a company whose change did not arrive is not taken for written', async () => {
  const { broker } = await createWorld(hubspot, options, (sandbox) => sandbox.seed([company('901', 'Old')]));
  const lookup = async (name: string) =>
    (await broker.lookup('companies.upsert', [{ domain: 'example.com', name }])).reply;
  expect(await lookup('New')).toEqual({ kind: 'looked-up', vendorIds: [null] });
  expect(await lookup('Old')).toEqual({ kind: 'looked-up', vendorIds: ['901'] });
  const cleared = await broker.lookup('companies.upsert', [
    { domain: 'example.com', vendor: { industry: null } },
  ]);
  expect(cleared.reply).toEqual({ kind: 'looked-up', vendorIds: ['901'] });
});

test('a company that was merged away is found again by its domain', async () => {
  const { broker, sandbox } = await createWorld(hubspot, options, (sandbox) =>
    sandbox.seed([company('901', 'Example')]),
  );
  broker.links.set('crm.companies', new Map([['example.com', '8 00']]));
  const { reply, calls } = await broker.run('companies.upsert', {
    records: [{ domain: 'example.com', name: 'Example Ltd' }],
  });
  expect(reply).toEqual({ kind: 'written', outcomes: [{ outcome: 'updated', vendorId: '901' }] });
  expect(calls.map(({ request }) => `${request.method} ${request.path}`)).toEqual([
    'PATCH /crm/objects/2026-03/companies/8%2000',
    'POST /crm/objects/2026-03/companies/search',
    'PATCH /crm/objects/2026-03/companies/901',
  ]);
  expect(sandbox.state.companies.get('901')?.properties['name']).toBe('Example Ltd');
});

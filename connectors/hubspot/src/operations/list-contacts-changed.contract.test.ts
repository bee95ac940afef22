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
const instant = '2026-11-01T00:00:00.000Z';
const contacts = (count: number, at: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => ({
    contact: { id: String(1000 + index), properties: {}, updatedAt: at(index) },
  }));

test('more than 10,000 contacts changed one after another are listed to the end', async () => {
  const { broker } = await createWorld(hubspot, options, (sandbox) =>
    sandbox.seed(contacts(10_150, (index) => new Date(Date.parse(instant) + index * 1000).toISOString())),
  );
  // From where the offsets of one search would have ended.
  const since = new Date(Date.parse(instant) + 9_900 * 1000).toISOString();
  const seen: unknown[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const { reply } = await broker.run('contacts.listChanged', {
      input: { since, ...(cursor === undefined ? {} : { cursor }) },
    });
    expect(reply.kind).toBe('read');
    const output = (reply.kind === 'read' ? reply.output : null) as { contacts: []; cursor: string | null };
    seen.push(...output.contacts);
    cursor = output.cursor;
  }
  expect(seen.length).toBe(250);
});

test('more than 10,000 contacts of one instant are an error, never a gap', async () => {
  const { broker } = await createWorld(hubspot, options, (sandbox) =>
    sandbox.seed(contacts(10_150, () => instant)),
  );
  const cursor = `${Date.parse(instant)}:9900`;
  const { reply } = await broker.run('contacts.listChanged', { input: { since: instant, cursor } });
  expect(reply).toMatchObject({ kind: 'error', error: { code: 'too_many_results', retry: 'never' } });
});

test('a page ends before its last instant, and the next one starts there', async () => {
  const older = new Date(Date.parse(instant) - 1000).toISOString();
  const { broker } = await createWorld(hubspot, options, (sandbox) =>
    sandbox.seed(contacts(150, (index) => (index === 0 ? older : instant))),
  );
  const list = async (cursor?: string) => {
    const { reply, calls } = await broker.run('contacts.listChanged', {
      input: { since: older, ...(cursor === undefined ? {} : { cursor }) },
    });
    const output = (reply.kind === 'read' ? reply.output : null) as { contacts: []; cursor: string | null };
    return { count: output.contacts.length, cursor: output.cursor, sent: calls[0]?.request.body };
  };
  // One contact is whole; the other 99 of the page are of an instant that goes on.
  expect(await list()).toMatchObject({ count: 1, cursor: `${Date.parse(instant)}:0` });
  expect(await list(`${Date.parse(instant)}:0`)).toMatchObject({
    count: 100,
    cursor: `${Date.parse(instant)}:100`,
  });
  const last = await list(`${Date.parse(instant)}:100`);
  expect(last).toMatchObject({ count: 49, cursor: null });
  expect(JSON.parse(last.sent ?? '')).toEqual({
    filterGroups: [
      {
        filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: String(Date.parse(instant)) }],
      },
    ],
    sorts: ['lastmodifieddate'],
    properties: ['email', 'firstname', 'lastname', 'phone', 'company', 'lifecyclestage', 'lastmodifieddate'],
    limit: 100,
    after: '100',
  });
});

test('a page without a next one is the last, however HubSpot leaves it out', async () => {
  for (const paging of [undefined, null, {}, { next: null }]) {
    const { broker, tamper } = await createWorld(hubspot, options);
    tamper((answer) => ({ ...answer, body: JSON.stringify({ results: [], paging }) }));
    const { reply } = await broker.run('contacts.listChanged', { input: { since: instant } });
    expect(reply).toEqual({ kind: 'read', output: { contacts: [], cursor: null } });
  }
});

test('a full page whose last contact has no time of change is an error, never a gap', async () => {
  const { broker, tamper } = await createWorld(hubspot, options);
  const results = [
    { id: '1', properties: { lastmodifieddate: instant } },
    { id: '2', properties: {} },
  ];
  tamper((answer) => ({ ...answer, body: JSON.stringify({ results, paging: { next: { after: '2' } } }) }));
  const { reply } = await broker.run('contacts.listChanged', { input: { since: instant } });
  expect(reply).toMatchObject({
    kind: 'error',
    error: { class: 'UpstreamError', code: 'unexpected_answer', retry: 'later' },
  });
});

test('a cursor that the operation did not give is refused', async () => {
  const { broker } = await createWorld(hubspot, options);
  for (const cursor of ['x', '1', 'x1:2', '1:2x', '1:', ':2', '1:2:3', '1234567890123456:0', '1:123456']) {
    const { reply } = await broker.run('contacts.listChanged', { input: { since: instant, cursor } });
    expect(reply, cursor).toMatchObject({
      kind: 'error',
      error: { class: 'ValidationError', path: '/cursor' },
    });
  }
});

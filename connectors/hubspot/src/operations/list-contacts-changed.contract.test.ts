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

test('a cursor that the operation did not give is refused', async () => {
  const { broker } = await createWorld(hubspot, options);
  const { reply } = await broker.run('contacts.listChanged', { input: { since: instant, cursor: 'x' } });
  expect(reply).toMatchObject({ kind: 'error', error: { class: 'ValidationError', path: '/cursor' } });
});

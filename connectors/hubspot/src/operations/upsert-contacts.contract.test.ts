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
const records = [{ email: 'ada@example.com' }, { email: 'Grace@example.com' }];
const keys = ['ada@example.com', 'grace@example.com'];

interface Result {
  id: string;
  new?: boolean | null;
  objectWriteTraceId?: string | null;
  properties?: Record<string, string | null> | null;
}

/** The outcomes when HubSpot's results come back changed. */
async function outcomesOf(change: (result: Result) => object) {
  const { broker, sandbox, tamper } = await createWorld(hubspot, options);
  tamper((answer) => {
    const body = JSON.parse(answer.body) as { results: Result[] };
    return { ...answer, body: JSON.stringify({ ...body, results: body.results.map(change) }) };
  });
  const { reply } = await broker.run('contacts.upsert', { records });
  if (reply.kind !== 'written') return reply;
  const applied = reply.outcomes.flatMap((outcome, index) =>
    'vendorId' in outcome ? [[keys[index], outcome.vendorId]] : [],
  );
  const ledger = sandbox.ledger.effects().map(({ naturalKey, vendorId }) => [naturalKey, vendorId]);
  // Each outcome is its own record's, not another's.
  for (const pair of applied) expect(ledger).toContainEqual(pair);
  return reply.outcomes.map(({ outcome }) => outcome);
}

test('a result without a trace id belongs to its e-mail address, however that is written', async () => {
  for (const objectWriteTraceId of [undefined, null]) {
    expect(
      await outcomesOf((result) => ({
        ...result,
        objectWriteTraceId,
        properties: { email: ` ${result.properties?.['email']?.toUpperCase()}` },
      })),
    ).toEqual(['created', 'created']);
  }
});

test('a result with neither trace id nor e-mail address is nobody’s', async () => {
  for (const properties of [undefined, null, {}, { email: null }]) {
    expect(await outcomesOf(({ id }) => ({ id, new: true, properties }))).toEqual([
      'outcome_unknown',
      'outcome_unknown',
    ]);
  }
});

test('a result with a trace id needs nothing else', async () => {
  expect(await outcomesOf((result) => ({ ...result, properties: null }))).toEqual(['created', 'created']);
});

test('a result that does not say whether it is new is an update', async () => {
  for (const isNew of [undefined, null, false]) {
    expect(await outcomesOf((result) => ({ ...result, new: isNew }))).toEqual(['updated', 'updated']);
  }
});

test('a result without an id leaves the whole batch unknown', async () => {
  expect(await outcomesOf((result) => ({ ...result, id: '' }))).toMatchObject({
    kind: 'error',
    error: { class: 'OutcomeUnknownError', code: 'unexpected_answer' },
  });
});

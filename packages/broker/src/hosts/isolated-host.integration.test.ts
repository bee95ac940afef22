import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeCompiledConnector } from '../testing/compiled-code.fixture.ts';
import type { ConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';
import { openTestBroker, order, type TestBroker } from '../testing/open-test-broker.fixture.ts';

const example = join(import.meta.dirname, '..', 'testing', 'example-connector.fixture.ts');
let built: ConnectorFolder;
beforeAll(async () => {
  built = await writeCompiledConnector(example);
});
afterAll(() => built[Symbol.asyncDispose]());

describe.each(['permission', 'strict'] as const)('%s', (isolation) => {
  let kit: TestBroker;
  beforeAll(async () => {
    kit = await openTestBroker({ isolation, folder: built.folder });
  });
  afterAll(() => kit[Symbol.asyncDispose]());

  test('an operation runs in a process of its own and reaches the vendor through the broker', async () => {
    expect(kit.broker.isolation).toBe(isolation);
    kit.vendor.handle = answerJson(200, { ids: ['v-1'] });
    const { reply, write } = await kit.call({ operation: 'orders.create', records: [order('1')] });
    expect(reply).toEqual({ kind: 'written', outcomes: [{ outcome: 'created', vendorId: 'v-1' }] });
    expect(write).toMatchObject({ state: 'answered' });
  });
});

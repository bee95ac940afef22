import { defineConnector, defineOperation, idempotencyKey } from '@onceover/contract';
import { z } from 'zod';
import { fileAttacks } from './attacks/file-attacks.fixture.ts';
import { networkAttacks } from './attacks/network-attacks.fixture.ts';
import { forgedAnswers, pipeAttacks } from './attacks/pipe-attacks.fixture.ts';
import { processAttacks } from './attacks/process-attacks.fixture.ts';
import { resourceAttacks } from './attacks/resource-attacks.fixture.ts';
import { stateAttacks } from './attacks/state-attacks.fixture.ts';
import { exampleDefinition } from './example-connector.fixture.ts';

const attacks = {
  ...fileAttacks,
  ...networkAttacks,
  ...processAttacks,
  ...resourceAttacks,
  ...pipeAttacks,
  ...stateAttacks,
};

/** Nothing of it is let go: what was in an answer is in the heap. */
const kept: unknown[] = [];

/** The example connector, with an operation that does what a test asks for and tells what it got. */
export const connector = defineConnector({
  ...exampleDefinition,
  operations: [
    ...exampleDefinition.operations,
    defineOperation({
      kind: 'write',
      name: 'orders.exitAfterWrite',
      summary: 'Ends its process when the vendor has answered.',
      resource: 'order',
      record: z.strictObject({ number: z.string(), total: z.string() }),
      naturalKey: [{ pointer: '/number', canonical: 'exact' }],
      impact: 'write',
      guarantee: idempotencyKey({ header: 'Idempotency-Key', hours: 24 }),
      scopes: ['orders.write'],
      reads: [],
      writes: ['POST /orders'],
      source: 'https://vendor.example/docs',
      timeoutMs: 20_000,
      async run({ records, http }) {
        await http.request({ method: 'POST', path: '/orders', json: records.map(({ record }) => record) });
        process.exit(0);
      },
    }),
    defineOperation({
      kind: 'read',
      name: 'orders.keep',
      summary: 'Keeps whatever it gets.',
      input: z.strictObject({}),
      output: z.number(),
      scopes: ['orders.read'],
      reads: ['GET /orders/{id}'],
      source: 'https://vendor.example/docs',
      timeoutMs: 20_000,
      async run({ http }) {
        const path = '/orders/1';
        kept.push(await http.request({ method: 'GET', path }).catch((error: unknown) => error));
        return kept.length;
      },
    }),
    defineOperation({
      kind: 'read',
      name: 'code.attack',
      summary: 'Attacks.',
      input: z.strictObject({
        name: z.string(),
        targets: z.record(z.string(), z.string()),
        request: z.number().optional(),
      }),
      output: z.looseObject({}),
      scopes: [],
      reads: [],
      source: 'https://vendor.example/docs',
      timeoutMs: 20_000,
      async run({ input, signal }) {
        const { name, targets, request = 0 } = input;
        const attack = attacks[name] ?? forgedAnswers[name]?.bind(undefined, request);
        if (attack === undefined) return { unknown: name };
        try {
          const call = async () => undefined;
          const got: unknown = await (attack as (means: unknown) => unknown)({ targets, call, signal });
          return { got };
        } catch (error) {
          const { code = 'no code', message } = error as { code?: string; message: string };
          return { refused: code, message };
        }
      },
    }),
  ],
});

import { createSandbox, type Sandbox } from '@onceover/connector-kit/sandbox';
import {
  AnswerDispatcher,
  type ReadSample,
  TestBroker,
  type TestResult,
  type WriteSample,
} from '@onceover/connector-kit/testing';
import { keepsSubscription } from '@onceover/contract';
import { describe, expect, test } from 'vitest';
import { type ZendeskState, sandbox as zendeskSandbox } from './sandbox/index.ts';
import { comments, ticketReads, tickets, users } from './testing/samples.ts';
import { zendesk } from './zendesk-connector.ts';

// Zendesk publishes no scopes per call that a machine could read; the sandbox knows them (see its own tests).

const samples: Readonly<Record<string, WriteSample<ZendeskState> | ReadSample<ZendeskState>>> = {
  'users.upsert': users,
  'tickets.get': ticketReads,
  'tickets.upsert': tickets,
  'comments.create': comments,
};

describe.each(zendesk.manifest.operations.map(({ name, scopes }) => ({ name, scopes })))(
  'scopes: $name',
  ({ name, scopes }) => {
    test('the declared ones suffice for all it does', async () => {
      const results = await exercise(name, scopes);
      expect(results.map(({ reply }) => reply.kind)).not.toContain('error');
    });

    test.each(scopes)('without %s it is refused, and told which is missing', async (missing) => {
      const results = await exercise(
        name,
        scopes.filter((scope) => scope !== missing),
      );
      const errors = results.flatMap(({ reply }) => (reply.kind === 'error' ? [reply.error] : []));
      expect(errors).not.toEqual([]);
      for (const error of errors) {
        expect(error).toMatchObject({ class: 'ScopeError', message: expect.stringContaining(missing) });
      }
    });
  },
);

const webhook = {
  url: 'https://onceover.example/v1/hooks/support',
  topics: ['zen:event-type:ticket.created'],
};

/** What keeps the webhook subscribed, at an account that has one. */
async function exerciseSubscription(name: string, scopes: readonly string[]): Promise<Exercised[]> {
  const all = await world(Object.keys(zendesk.manifest.auth.scopes), undefined);
  await all.broker.run('subscriptions.create', { records: [webhook] });
  const vendorId = all.sandbox.state.webhooks[0]?.id ?? '';
  const { broker } = await world(
    scopes,
    ({ state }) => void state.webhooks.push(...all.sandbox.state.webhooks),
  );
  switch (name) {
    case 'subscriptions.create':
      return [await broker.run(name, { records: [webhook] }), await broker.lookup(name, [webhook])];
    case 'subscriptions.remove':
      return [await broker.run(name, { records: [{ vendorId }] })];
    default:
      return [await broker.run(name, { input: name === 'subscriptions.list' ? {} : { vendorId } })];
  }
}

type Exercised = Pick<TestResult, 'reply'>;

/** All that the samples make an operation do, with a token of these scopes alone. */
async function exercise(name: string, scopes: readonly string[]): Promise<Exercised[]> {
  if (keepsSubscription(zendesk.manifest, name)) return exerciseSubscription(name, scopes);
  const sample = samples[name];
  if (sample === undefined) throw new Error(`${name} has no sample`);
  if (sample.kind === 'read') {
    const [one] = sample.cases;
    const { broker } = await world(scopes, one?.prepare);
    return [await broker.run(name, { input: one?.input ?? {} })];
  }
  const { broker } = await world(scopes, sample.prepare);
  return [
    await broker.run(name, { records: sample.records, event: 'event-1' }),
    await broker.run(name, { records: sample.changed ?? sample.records, event: 'event-2' }),
  ];
}

async function world(
  scopes: readonly string[],
  prepare: ((sandbox: Sandbox<ZendeskState>) => void | Promise<void>) | undefined,
) {
  const sandbox = createSandbox(zendeskSandbox);
  await prepare?.(sandbox);
  const broker = new TestBroker({
    connector: zendesk,
    dispatcher: new AnswerDispatcher((request) => sandbox.answer(request)),
    accessToken: sandbox.tokens.grant(scopes).accessToken,
    variables: { subdomain: 'acme' },
  });
  return { sandbox, broker };
}

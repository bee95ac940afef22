import { readFileSync } from 'node:fs';
import { createSandbox } from '@onceover/connector-kit/sandbox';
import { AnswerDispatcher, TestBroker } from '@onceover/connector-kit/testing';
import { domainEvents, type JsonValue, readPointerText } from '@onceover/contract';
import { expect, test } from 'vitest';
import { sandbox as zendeskSandbox } from './sandbox/index.ts';
import { zendesk } from './zendesk-connector.ts';

interface Golden {
  templates: { name: string; connection: string; seed: JsonValue; event: JsonValue }[];
}

const { templates } = JSON.parse(
  readFileSync(new URL('../fixtures/golden-templates.json', import.meta.url), 'utf8'),
) as Golden;

test.each(templates)('golden: $name becomes a valid business event', async ({ seed, event }) => {
  const sandbox = createSandbox(zendeskSandbox);
  const broker = new TestBroker({
    connector: zendesk,
    dispatcher: new AnswerDispatcher((request) => sandbox.answer(request)),
    accessToken: sandbox.accessToken,
    variables: { subdomain: 'acme' },
  });
  sandbox.seed([filled(seed)]);
  const item = filled(event);
  const { reply } = await broker.run('tickets.get', {
    input: { vendorId: readPointerText(item, '/detail/id') ?? '' },
  });
  const record = reply.kind === 'read' ? reply.output : null;
  const normalized = await broker.normalize('webhook', [{ item, record }]);
  const [first] = normalized.kind === 'normalized' ? normalized.items : [];
  const events = first !== undefined && 'events' in first ? first.events : [];
  expect(events.length).toBe(1);
  for (const { type, data } of events) {
    const known = domainEvents.find((each) => each.type === type);
    expect(known?.schema.safeParse(data)).toMatchObject({ success: true });
    expect(readPointerText(data, '/ticket/requester/email')).toBe('requester-1007@example.com');
  }
});

test('golden: both event types are there, and a repeated one is the same invocation', () => {
  const sandbox = createSandbox(zendeskSandbox);
  const invocations = templates.flatMap(({ event }) =>
    [1, 2].map(
      () =>
        sandbox.render({ to: 'http://127.0.0.1:4400/v1/hooks/support', event: filled(event) }).headers[
          'x-zendesk-webhook-invocation-id'
        ],
    ),
  );
  expect(templates.map(({ event }) => readPointerText(event, '/type'))).toEqual([
    'zen:event-type:ticket.created',
    'zen:event-type:ticket.priority_changed',
  ]);
  expect(invocations[0]).toBe(invocations[1]);
  expect(new Set(invocations).size).toBe(2);
});

/** The placeholders as a replay fills them; `…}}#` alone makes a number. */
function filled(value: JsonValue): JsonValue {
  const text = JSON.stringify(value)
    .replaceAll(/"([^"]*\{\{n\}\})#"/g, '$1')
    .replaceAll('{{n}}', '1007')
    .replaceAll('{{time}}', '2026-11-24T10:00:07.000Z');
  return JSON.parse(text) as JsonValue;
}

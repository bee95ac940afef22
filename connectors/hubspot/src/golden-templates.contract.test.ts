import { readFileSync } from 'node:fs';
import { createSandbox } from '@onceover/connector-kit/sandbox';
import { AnswerDispatcher, TestBroker } from '@onceover/connector-kit/testing';
import { domainEvents, type JsonValue, readPointerText } from '@onceover/contract';
import { expect, test } from 'vitest';
import { hubspot } from './hubspot-connector.ts';
import { sandbox as definition } from './sandbox/hubspot-sandbox.ts';

interface Golden {
  templates: { name: string; seed: JsonValue; event: JsonValue }[];
}

const { templates } = JSON.parse(
  readFileSync(new URL('../fixtures/golden-templates.json', import.meta.url), 'utf8'),
) as Golden;

test.each(templates)('golden: $name becomes valid business events', async ({ seed, event }) => {
  const sandbox = createSandbox(definition);
  const broker = new TestBroker({
    connector: hubspot,
    dispatcher: new AnswerDispatcher((request) => sandbox.answer(request)),
    accessToken: sandbox.accessToken,
  });
  sandbox.seed([filled(seed)]);
  const item = filled(event);
  const found = await broker.run('contacts.find', {
    input: { vendorId: readPointerText(item, '/objectId') ?? '' },
  });
  const record = found.reply.kind === 'read' ? found.reply.output : null;
  const normalized = await broker.normalize('events', [{ item, record }]);
  const [first] = normalized.kind === 'normalized' ? normalized.items : [];
  const events = first !== undefined && 'events' in first ? first.events : [];
  expect(events.map(({ type }) => type)).toEqual(['crm.contact-changed.v1', 'crm.lead-qualified.v1']);
  for (const { type, data } of events) {
    const known = domainEvents.find((each) => each.type === type);
    expect(known?.schema.safeParse(data)).toMatchObject({ success: true });
    expect(readPointerText(data, '/contact/email')).toBe('lead-1007@example.com');
  }
});

/** As the demo fills its templates. */
function filled(template: JsonValue): JsonValue {
  const at = Date.parse('2026-11-24T10:00:00Z');
  const text = JSON.stringify(template)
    .replaceAll(/"([^"]*\}\})#"/g, '$1')
    .replaceAll('{{n}}', '1007')
    .replaceAll('{{milliseconds}}', String(at));
  return JSON.parse(text) as JsonValue;
}

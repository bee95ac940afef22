import {
  domainEvents,
  type JsonValue,
  readPointer,
  readPointerText,
  type TriggerManifest,
  type WebhookManifest,
} from '@onceover/contract';
import { expect } from 'vitest';
import type { TriggerSample } from '../conformance-options.ts';
import { createWorld } from '../world.ts';
import type { Line, Subject } from './line.ts';

/** What a trigger declares can be read from real items, and what it normalises is what the domain says. */
export function triggerLines<State>(subject: Subject<State>): Line[] {
  return subject.connector.manifest.triggers.flatMap((trigger) => {
    const sample = subject.options.triggers[trigger.name];
    if (sample === undefined) return [];
    return [
      ...normalizeLines(subject, trigger, sample),
      ...(trigger.kind === 'webhook' ? itemLines(subject, trigger, sample) : []),
    ];
  });
}

function normalizeLines<State>(
  { connector, options }: Subject<State>,
  trigger: TriggerManifest,
  sample: TriggerSample,
): Line[] {
  const about = trigger.name;
  return [
    ...sample.items.map(
      ({ name, item, record, events }): Line => ({
        about,
        name: `normalize: ${name}`,
        async run() {
          const { broker } = await createWorld(connector, options);
          const delivered = record === undefined ? { item } : { item, record };
          const reply = await broker.normalize(about, [delivered]);
          expect(reply).toEqual({ kind: 'normalized', items: [{ events }] });
          for (const { type, data } of events) {
            const eventType = domainEvents.find((known) => known.type === type);
            expect(eventType, `${type} is an event of the domains`).toBeDefined();
            expect(eventType?.schema.safeParse(data)).toMatchObject({ success: true });
          }
        },
      }),
    ),
    {
      about,
      name: 'every declared event type is yielded by some golden item',
      run() {
        const yielded = sample.items.flatMap(({ events }) => events.map(({ type }) => type));
        expect(new Set(yielded)).toEqual(new Set(trigger.events));
      },
    },
    {
      about,
      name: 'record, time and event id are found in every golden item',
      run() {
        for (const { name, item, record } of sample.items) {
          expect(readPointerText(item, trigger.time.pointer), name).toBeDefined();
          for (const field of trigger.record) {
            const pointer =
              typeof field === 'string' ? field : 'pointer' in field ? field.pointer : undefined;
            if (pointer !== undefined) expect(readPointerText(item, pointer), name).toBeDefined();
          }
          const identified = record ?? item;
          for (const pointer of record === null ? [] : (trigger.eventId ?? [])) {
            expect(readPointerText(identified, pointer), name).toBeDefined();
          }
        }
      },
    },
    {
      about,
      name: 'an item of another kind becomes no event, and a broken one does not stop its neighbours',
      async run() {
        const { broker } = await createWorld(connector, options);
        const [first] = sample.items;
        const good = {
          item: first?.item ?? null,
          ...(first?.record === undefined ? {} : { record: first.record }),
        };
        const reply = await broker.normalize(about, [{ item: {} }, { item: null }, { item: 'text' }, good]);
        expect(reply.kind).toBe('normalized');
        const items = reply.kind === 'normalized' ? reply.items : [];
        for (const odd of items.slice(0, 3)) if ('events' in odd) expect(odd.events).toEqual([]);
        expect(items[3]).toEqual({ events: first?.events });
      },
    },
  ];
}

function itemLines<State>(
  { connector, options }: Subject<State>,
  trigger: WebhookManifest,
  sample: TriggerSample,
): Line[] {
  const about = trigger.name;
  const lines: Line[] = [
    {
      about,
      name: 'different items have different keys, and the same item always the same',
      async run() {
        const keys = await Promise.all(sample.items.map(({ item }) => keysOf(item)));
        const again = await Promise.all(sample.items.map(({ item }) => keysOf(item)));
        const byPointers = trigger.key.every((field) => 'pointer' in field);
        expect(keys.flat().every((key) => key !== '' && !key.startsWith(':') && !key.endsWith(':'))).toBe(
          true,
        );
        expect(new Set(keys.flat()).size).toBe(keys.flat().length);
        if (byPointers) expect(again).toEqual(keys);
      },
    },
  ];
  if (trigger.items !== undefined) {
    lines.push({
      about,
      name: 'an array that repeats half of an earlier one brings only the new half',
      async run() {
        const items = sample.items.map(({ item }) => item);
        expect(items.length).toBeGreaterThan(2);
        const half = Math.floor(items.length / 2);
        const first = await keysOf(items.slice(0, half + 1));
        const second = await keysOf(items.slice(half));
        const known = new Set(first);
        expect(first.length).toBe(half + 1);
        expect(second.filter((key) => !known.has(key)).length).toBe(items.length - half - 1);
      },
    });
  }
  lines.push(hydrateLine({ connector, options }, trigger, sample));
  return lines;

  /** Keys of the items that the sandbox's delivery of an event carries. */
  async function keysOf(event: JsonValue): Promise<string[]> {
    const { sandbox } = await createWorld(connector, options);
    const { headers, body } = sandbox.render({ to: 'http://127.0.0.1:4400/v1/hooks/x', event });
    const parsed: unknown = JSON.parse(body);
    const found = trigger.items === undefined ? [parsed] : readPointer(parsed, trigger.items);
    return (Array.isArray(found) ? found : []).map((item) =>
      trigger.key
        .map((field) =>
          'pointer' in field ? readPointerText(item, field.pointer) : headers[field.header.toLowerCase()],
        )
        .join(':'),
    );
  }
}

function hydrateLine<State>(
  { connector }: Subject<State>,
  trigger: WebhookManifest,
  sample: TriggerSample,
): Line {
  return {
    about: trigger.name,
    name: 'items that are hydrated give the read a valid input, and only they have a record',
    run() {
      const { hydrate } = trigger;
      if (hydrate === undefined) {
        expect(sample.items.filter(({ record }) => record !== undefined)).toEqual([]);
        return;
      }
      const operation = connector.operations.get(hydrate.operation);
      if (operation?.kind !== 'read') expect.fail(`${hydrate.operation} is not a read`);
      for (const { name, item, record } of sample.items) {
        const { when } = hydrate;
        const value = when === undefined ? undefined : readPointerText(item, when.pointer);
        const isHydrated = when === undefined || (value !== undefined && when.oneOf.includes(value));
        expect(record !== undefined, name).toBe(isHydrated);
        if (!isHydrated) continue;
        const input = Object.fromEntries(
          Object.entries(hydrate.input).map(([field, pointer]) => [field, readPointerText(item, pointer)]),
        );
        expect(operation.input.safeParse(input), name).toMatchObject({ success: true });
        if (record !== null) {
          expect(operation.output.safeParse(record), name).toMatchObject({ success: true });
        }
      }
    },
  };
}

import { z } from 'zod';
import { ConfigurationError } from './errors.ts';
import type { JsonValue } from './json.ts';

/** A named, versioned business event: the schema of a CloudEvent's `data`. */
export interface EventType<Data = unknown, Name extends string = string> {
  readonly kind: 'event-type';
  /** Domain and past participle: `billing.invoice-paid`. */
  readonly name: Name;
  readonly version: number;
  /** `billing.invoice-paid.v1`: the CloudEvents `type`. */
  readonly type: string;
  readonly summary: string;
  readonly schema: z.ZodType<Data>;
  /** Valid data, for documentation, `events send --example` and tests. */
  readonly example: Data;
  /** Turns data of the previous version into this one. Pure and synchronous. */
  readonly upcast?: ((previous: unknown) => Data) | undefined;
}

/** The data that an event type carries. */
export type EventData<Type> = Type extends EventType<infer Data, string> ? Data : never;

/**
 * Declares an event type.
 * @throws {ConfigurationError} when the name, version or example is not valid
 */
export function defineEvent<Schema extends z.ZodType, const Name extends string>(definition: {
  name: Name;
  version: number;
  summary: string;
  schema: Schema;
  example: z.output<Schema>;
  upcast?: (previous: unknown) => z.output<Schema>;
}): EventType<z.output<Schema>, Name> {
  const { name, version, schema, example, summary, upcast } = definition;
  if (!/^[a-z]+(\.[a-z][a-z0-9-]*)+$/.test(name)) {
    throw new ConfigurationError(`Event type name "${name}" must be like billing.invoice-paid`, {
      path: '/name',
    });
  }
  if (!Number.isInteger(version) || version < 1) {
    throw new ConfigurationError(`Event type ${name}: version must be 1 or more`, { path: '/version' });
  }
  const parsed = schema.safeParse(example, { jitless: true });
  if (!parsed.success) {
    throw new ConfigurationError(
      `Event type ${name}: the example is not valid: ${z.prettifyError(parsed.error)}`,
      {
        path: '/example',
      },
    );
  }
  return Object.freeze({
    kind: 'event-type',
    name,
    version,
    type: `${name}.v${version}`,
    summary,
    schema: schema as z.ZodType<z.output<Schema>>,
    example: parsed.data,
    upcast,
  });
}

/** `billing.invoice-paid.v1` → its name and version; undefined when it is not of that form. */
export function parseEventType(type: string): { name: string; version: number } | undefined {
  const found = /^([a-z]+(?:\.[a-z][a-z0-9-]*)+)\.v([1-9]\d{0,5})$/.exec(type);
  return found?.[1] === undefined ? undefined : { name: found[1], version: Number(found[2]) };
}

/** A CloudEvents 1.0 envelope as Onceover keeps it. */
export const cloudEventSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(512),
  source: z.string().min(1).max(1024),
  type: z.string().min(1).max(256),
  subject: z.string().max(1024).optional(),
  time: z.iso.datetime({ offset: true }).optional(),
  datacontenttype: z.string().optional(),
  dataschema: z.string().optional(),
  // Kept as it was parsed: z.json() would take a number's text for an object.
  data: z.custom<JsonValue>((value) => value !== undefined).optional(),
});
export type CloudEvent = z.infer<typeof cloudEventSchema>;

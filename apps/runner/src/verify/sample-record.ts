import type { JsonValue } from '@onceover/contract';

type Schema = Readonly<Record<string, JsonValue>>;

/**
 * A small value that a JSON Schema takes: its required members alone, each text with the number in it.
 * @returns undefined when the schema asks for more than is guessed here
 */
export function sampleOf(given: JsonValue | undefined, number: number): JsonValue | undefined {
  const schema = schemaOf(given);
  if (schema === undefined) return undefined;
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return firstSample(choices, number);
  switch (schema['type']) {
    case 'object':
      return objectOf(schema, number);
    case 'array':
      return arrayOf(schema, number);
    case 'string':
      return textOf(schema, number);
    case 'integer':
    case 'number':
      return Math.max(numberIn(schema, 'minimum') ?? 1, (numberIn(schema, 'exclusiveMinimum') ?? 0) + 1);
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return undefined;
  }
}

function schemaOf(value: JsonValue | undefined): Schema | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  // An object of JSON's.
  return isObject ? (value as Schema) : undefined;
}

function firstSample(schemas: readonly JsonValue[], number: number): JsonValue | undefined {
  return schemas.map((one) => sampleOf(one, number)).find((one) => one !== undefined);
}

function objectOf(schema: Schema, number: number): JsonValue | undefined {
  const { required = [], properties = {} } = schema as {
    required?: readonly string[];
    properties?: Readonly<Record<string, JsonValue>>;
  };
  const members = required.map((name) => [name, sampleOf(properties[name], number)] as const);
  if (members.some(([, value]) => value === undefined)) return undefined;
  // Each has a value by now.
  return Object.fromEntries(members) as Record<string, JsonValue>;
}

function arrayOf(schema: Schema, number: number): JsonValue | undefined {
  const length = numberIn(schema, 'minItems') ?? 0;
  if (length === 0) return [];
  const item = sampleOf(schema['items'], number);
  return item === undefined ? undefined : Array.from({ length }, () => item);
}

/** Of each kind of text that connectors ask for, one; the first that fits is taken. */
function textOf(schema: Schema, number: number): string | undefined {
  const candidates = [
    `verify-${number}@example.com`,
    '2026-01-01T00:00:00Z',
    '2026-01-01',
    `https://example.com/verify-${number}`,
    `verify-${number}`,
    `verify-${number}.example`,
    '10.00',
    'USD',
    'US',
    'en',
    `+1555${String(number).padStart(7, '0')}`,
    String(number),
  ];
  const preferred = schema['format'] === undefined ? [`verify-${number}`, ...candidates] : candidates;
  return preferred.find((text) => fits(schema, text));
}

const formats: Readonly<Record<string, RegExp>> = {
  email: /^[^@\s]+@[^@\s]+\.[^@\s]+$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  date: /^\d{4}-\d\d-\d\d$/,
  uri: /^https:/,
};

function fits(schema: Schema, text: string): boolean {
  const { pattern, format } = schema;
  const least = numberIn(schema, 'minLength') ?? 0;
  const most = numberIn(schema, 'maxLength') ?? Number.POSITIVE_INFINITY;
  const hasFormat = typeof format !== 'string' || (formats[format]?.test(text) ?? false);
  const hasPattern = typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text);
  return text.length >= least && text.length <= most && hasFormat && hasPattern;
}

function numberIn(schema: Schema, name: string): number | undefined {
  const value = schema[name];
  return typeof value === 'number' ? value : undefined;
}

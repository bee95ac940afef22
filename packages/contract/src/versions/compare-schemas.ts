import { addition, breaking, harmless, isSame, type ManifestChange, type Weight } from './manifest-change.ts';

type Schema = Readonly<Record<string, unknown>>;

/**
 * JSON Schemas of what an operation takes or gives. More that may be left out is an addition; what callers would notice
 * is breaking, and so is every difference that is not understood.
 * @param place.taken whether callers write it (an input) or read it (an output)
 */
export function compareSchemas(
  place: { path: string; taken: boolean },
  before: unknown,
  after: unknown,
): ManifestChange[] {
  if (isSame(before, after)) return [];
  const { path, taken } = place;
  const change = (summary: string, weight: Weight): ManifestChange => ({
    area: 'schema',
    path,
    summary,
    ...weight,
  });
  if (!isObjectSchema(before) || !isObjectSchema(after)) {
    return isSame(withoutWords(before), withoutWords(after))
      ? [change(`described differently: ${path}`, harmless)]
      : [change(`changed: ${path}`, breaking)];
  }
  const { properties: old, required: oldRequired, ...oldRest } = partsOf(before);
  const { properties: now, required, ...rest } = partsOf(after);
  const changes: ManifestChange[] = [];
  for (const name of Object.keys(now)) {
    if (Object.hasOwn(old, name)) {
      changes.push(...compareSchemas({ path: `${path}/${name}`, taken }, old[name], now[name]));
      continue;
    }
    const isNeeded = taken && required.includes(name);
    changes.push(
      change(`${isNeeded ? 'required' : 'optional'} field added: ${name}`, isNeeded ? breaking : addition),
    );
  }
  for (const name of Object.keys(old)) {
    if (!Object.hasOwn(now, name)) changes.push(change(`field removed: ${name}`, breaking));
  }
  const kept = Object.keys(now).filter((name) => Object.hasOwn(old, name));
  for (const name of kept) {
    const was = oldRequired.includes(name);
    if (was === required.includes(name)) continue;
    // An input that may be left out, and an output that is always there, ask nothing new of callers.
    changes.push(
      change(`field is ${was ? 'optional' : 'required'} now: ${name}`, was === taken ? addition : breaking),
    );
  }
  if (!isSame(withoutWords(oldRest.rest), withoutWords(rest.rest)))
    changes.push(change(`changed: ${path}`, breaking));
  return changes.length > 0 ? changes : [change(`described differently: ${path}`, harmless)];
}

function isObjectSchema(schema: unknown): schema is Schema {
  return typeof schema === 'object' && schema !== null && 'properties' in schema;
}

function partsOf({ properties, required, ...rest }: Schema): {
  properties: Schema;
  required: readonly unknown[];
  rest: Schema;
} {
  return {
    properties: typeof properties === 'object' && properties !== null ? (properties as Schema) : {},
    required: Array.isArray(required) ? required : [],
    rest,
  };
}

/** A schema without what is there for people. */
function withoutWords(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(withoutWords);
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name, value]) => !(typeof value === 'string' && (name === 'description' || name === 'title')))
      .map(([name, value]) => [name, withoutWords(value)]),
  );
}

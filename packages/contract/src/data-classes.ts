import { z } from 'zod';

/**
 * Classes that a schema's fields may carry with `.meta({ data: 'personal' })`. Redaction, policy and erasure read
 * them from the JSON Schema.
 */
export const dataClassSchema = z.enum(['personal', 'regulated', 'secret']);
export type DataClass = z.infer<typeof dataClassSchema>;

/**
 * Pointers of the fields of a JSON Schema that carry a class, each once; `*` stands for every element of an array
 * or property of a record.
 */
export function classifiedFields(
  schema: unknown,
  pointer = '',
): readonly { pointer: string; data: DataClass }[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const node = schema as Record<string, unknown>;
  const own = dataClassSchema.safeParse(node['data']);
  const found = own.success ? [{ pointer, data: own.data }] : [];
  const properties = Object.entries((node['properties'] ?? {}) as Record<string, unknown>).flatMap(
    ([name, child]) =>
      classifiedFields(child, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
  const branches = ['anyOf', 'oneOf', 'allOf'].flatMap((key) =>
    Array.isArray(node[key]) ? node[key].flatMap((child) => classifiedFields(child, pointer)) : [],
  );
  const elements = Array.isArray(node['prefixItems'])
    ? node['prefixItems'].flatMap((child, index) => classifiedFields(child, `${pointer}/${index}`))
    : [];
  const others = ['items', 'additionalProperties'].flatMap((key) =>
    classifiedFields(node[key], `${pointer}/*`),
  );
  const all = [...found, ...properties, ...branches, ...elements, ...others];
  const seen = new Set<string>();
  return all.filter((field) => {
    const id = `${field.data} ${field.pointer}`;
    return !seen.has(id) && seen.add(id);
  });
}

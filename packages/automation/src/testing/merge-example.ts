/** An example with parts of it changed: objects are merged, all else is replaced, `undefined` takes away. */
export function mergeExample(example: unknown, change: unknown): unknown {
  if (!isObject(example) || !isObject(change)) return change === undefined ? example : change;
  const merged: Record<string, unknown> = { ...example };
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) delete merged[name];
    else merged[name] = mergeExample(merged[name], value);
  }
  return merged;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

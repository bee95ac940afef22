type FormNode = string | FormNode[] | { [name: string]: FormNode };

/** The inverse of `encodeForm`: bracketed names become objects, and arrays where the keys count from 0. */
export function decodeForm(body: string): { [name: string]: FormNode } {
  const root: { [name: string]: FormNode } = {};
  for (const [name, value] of new URLSearchParams(body)) {
    const keys = [
      name.replace(/\[.*$/s, ''),
      ...[...name.matchAll(/\[([^\]]*)\]/g)].map(([, key = '']) => key),
    ];
    insert(root, keys, value);
  }
  return Object.fromEntries(Object.entries(root).map(([name, node]) => [name, withArrays(node)]));
}

function insert(parent: { [name: string]: FormNode }, keys: readonly string[], value: string): void {
  const [key = '', ...rest] = keys;
  const name = key === '' ? String(Object.keys(parent).length) : key;
  if (rest.length === 0) {
    parent[name] = value;
    return;
  }
  const child = parent[name];
  const node = typeof child === 'object' && !Array.isArray(child) ? child : {};
  parent[name] = node;
  insert(node, rest, value);
}

function withArrays(node: FormNode): FormNode {
  if (typeof node !== 'object' || Array.isArray(node)) return node;
  const entries = Object.entries(node).map(([name, child]) => [name, withArrays(child)] as const);
  const counts = entries.length > 0 && entries.every(([name], index) => name === String(index));
  return counts ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}

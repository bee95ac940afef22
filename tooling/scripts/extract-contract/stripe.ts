// node tooling/scripts/extract-contract/stripe.ts <fixtures3.json> <commit> <date>
// Writes what the Stripe connector's tests need of Stripe's published fixtures (github.com/stripe/openapi, MIT):
// - connectors/stripe/contract/stripe-objects.json: which keys each object has, at every depth
// - connectors/stripe/fixtures/published-objects.json: the bodies that the connector reads
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const [path, commit, date] = process.argv.slice(2);
if (path === undefined || commit === undefined || date === undefined) {
  throw new Error('usage: stripe.ts <fixtures3.json> <commit> <date of the commit>');
}
const bytes = readFileSync(path);
const { resources } = JSON.parse(bytes.toString('utf8')) as { resources: Record<string, unknown> };

const answered = [
  'customer',
  'deleted_customer',
  'invoice',
  'refund',
  'charge',
  'payment_intent',
  'event',
  'webhook_endpoint',
  'deleted_webhook_endpoint',
];
const read = ['customer', 'deleted_customer', 'invoice', 'refund'];

const head = {
  source: 'https://github.com/stripe/openapi/blob/master/openapi/fixtures3.json',
  commit,
  date,
  license: 'MIT',
  sha256: createHash('sha256').update(bytes).digest('hex'),
};
const objects = (names: readonly string[], of: (value: unknown) => unknown) =>
  Object.fromEntries(names.map((name) => [name, of(published(name))]));

write('connectors/stripe/contract/stripe-objects.json', { ...head, keys: objects(answered, keysOf) });
write('connectors/stripe/fixtures/published-objects.json', {
  ...head,
  objects: objects(read, (value) => value),
});

function published(name: string): unknown {
  const body = resources[name];
  if (body === undefined) throw new Error(`${path} has no ${name}`);
  return body;
}

/** An object's keys with those of its values; `true` where a value holds no more keys; an array's first element. */
function keysOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? true : { '[]': keysOf(value[0]) };
  if (typeof value !== 'object' || value === null) return true;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0
    ? true
    : Object.fromEntries(entries.map(([key, child]) => [key, keysOf(child)]));
}

function write(target: string, value: unknown): void {
  const file = fileURLToPath(new URL(`../../../${target}`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

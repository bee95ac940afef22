import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import type { JsonValue } from '@onceover/contract';
import { z } from 'zod';
import { keepRecord, newRecord, objectTypes, type ObjectType } from './hubspot-records.ts';
import type { HubspotState } from './hubspot-state.ts';

const recordSchema = z.strictObject({
  id: z.union([z.string().min(1), z.number().int().positive()]).transform(String),
  properties: z.record(z.string(), z.string()),
  /** When it was last changed; now unless given. */
  updatedAt: z.iso.datetime({ offset: true }).optional(),
});

const seedSchema = z.union([
  z.strictObject({ contact: recordSchema }),
  z.strictObject({ company: recordSchema }),
]);
export type HubspotSeed = z.input<typeof seedSchema>;

/** A record that was always there: `{ contact: { id, properties } }` or `{ company: { id, properties } }`. */
export function seedRecord(seed: JsonValue, context: SandboxContext<HubspotState>): void {
  const parsed = seedSchema.parse(seed);
  if ('contact' in parsed) place(context, 'contacts', parsed.contact);
  else place(context, 'companies', parsed.company);
}

function place(
  { state, clock }: SandboxContext<HubspotState>,
  type: ObjectType,
  { id, properties, updatedAt }: z.output<typeof recordSchema>,
): void {
  const unknown = Object.keys(properties).find((name) => !objectTypes[type].known.has(name));
  if (unknown !== undefined) throw new RangeError(`The sandbox account has no ${type} property ${unknown}`);
  const record = newRecord(id, updatedAt === undefined ? clock.now() : new Date(updatedAt), 0);
  Object.assign(record.properties, properties);
  const key = objectTypes[type].key;
  const value = properties[key];
  if (value !== undefined) record.properties[key] = value.trim().toLowerCase();
  keepRecord(state, type, record);
}

import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import {
  companyPropertyNames,
  contactPropertyNames,
  type HubspotRecord,
  type HubspotState,
  readOnlyPropertyNames,
  searchLagSeconds,
} from './hubspot-state.ts';

/** What differs between HubSpot's objects. */
export const objectTypes = {
  contacts: { known: contactPropertyNames, changedAt: 'lastmodifieddate', key: 'email' },
  companies: { known: companyPropertyNames, changedAt: 'hs_lastmodifieddate', key: 'domain' },
} as const;
export type ObjectType = keyof typeof objectTypes;

/** Why HubSpot refuses property values; undefined when it takes them. */
export function refusedProperties(
  type: ObjectType,
  properties: Readonly<Record<string, unknown>>,
): string | undefined {
  const wrong = Object.entries(properties).flatMap(([name, value]) => {
    const error = propertyError(type, name, value);
    return error === undefined ? [] : [{ isValid: false, ...error, name }];
  });
  return wrong.length === 0 ? undefined : `Property values were not valid: ${JSON.stringify(wrong)}`;
}

function propertyError(type: ObjectType, name: string, value: unknown) {
  if (!objectTypes[type].known.has(name)) {
    return { message: `Property "${name}" does not exist`, error: 'PROPERTY_DOESNT_EXIST' };
  }
  if (readOnlyPropertyNames.has(name)) {
    return { message: `${name} is a read only property`, error: 'READ_ONLY_VALUE' };
  }
  if (typeof value !== 'string') return { message: `${name} must be a string`, error: 'INVALID_TYPE' };
  if (name === 'email' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value)) {
    return { message: `Email address ${value} is invalid`, error: 'INVALID_EMAIL' };
  }
  if (name === 'lifecyclestage' && value !== '' && !lifecycleStages.has(value)) {
    return { message: `${value} was not one of the allowed options`, error: 'INVALID_OPTION' };
  }
  return undefined;
}

const lifecycleStages = new Set([
  'subscriber',
  'lead',
  'marketingqualifiedlead',
  'salesqualifiedlead',
  'opportunity',
  'customer',
  'evangelist',
  'other',
]);

export interface WrittenRecord {
  record: HubspotRecord;
  action: 'created' | 'updated' | 'unchanged';
  /** Names of the properties that have another value now. */
  changed: readonly string[];
}

/** Creates a record, or changes one; the ledger has it under its business key. */
export function writeRecord(
  context: SandboxContext<HubspotState>,
  type: ObjectType,
  existing: HubspotRecord | undefined,
  given: Readonly<Record<string, string>>,
): WrittenRecord {
  const properties = normalized(given);
  const { state, ledger, clock, nextId } = context;
  const record = existing ?? newRecord(String(nextId()), clock.now(), searchLagSeconds);
  const changed = Object.entries(properties)
    .filter(([name, value]) => (record.properties[name] ?? '') !== value)
    .map(([name]) => name);
  const action = existing === undefined ? 'created' : changed.length > 0 ? 'updated' : 'unchanged';
  if (action !== 'unchanged') {
    Object.assign(record.properties, properties);
    record.updatedAt = clock.now().toISOString();
    keepRecord(state, type, record);
  }
  ledger.record({
    resource: type,
    naturalKey: record.properties[objectTypes[type].key] ?? record.id,
    vendorId: record.id,
    action,
    values: properties,
  });
  return { record, action, changed };
}

export function newRecord(id: string, at: Date, lagSeconds: number): HubspotRecord {
  return {
    id,
    properties: {},
    createdAt: at.toISOString(),
    updatedAt: at.toISOString(),
    searchableFrom: at.getTime() + lagSeconds * 1000,
  };
}

/** Puts a record there, with the properties that HubSpot sets itself. */
export function keepRecord(state: HubspotState, type: ObjectType, record: HubspotRecord): void {
  record.properties['hs_object_id'] = record.id;
  record.properties['createdate'] = record.createdAt;
  record.properties[objectTypes[type].changedAt] = record.updatedAt;
  state[type].set(record.id, record);
  const { email } = record.properties;
  if (type === 'contacts' && email !== undefined) state.contactIds.set(email, record.id);
}

function normalized(properties: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      name === 'email' || name === 'domain' ? value.trim().toLowerCase() : value,
    ]),
  );
}

export function findContactByEmail(state: HubspotState, email: string): HubspotRecord | undefined {
  return state.contacts.get(state.contactIds.get(email.trim().toLowerCase()) ?? '');
}

/** A record as answers show it: the asked-for properties that have a value, besides the ones always shown. */
export function shown(type: ObjectType, record: HubspotRecord, asked: readonly string[]) {
  const names = ['hs_object_id', 'createdate', objectTypes[type].changedAt, ...asked];
  return {
    id: record.id,
    properties: Object.fromEntries(
      names.flatMap((name) => {
        const value = record.properties[name];
        return value === undefined || value === '' ? [] : [[name, value] as const];
      }),
    ),
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    archived: false,
  };
}

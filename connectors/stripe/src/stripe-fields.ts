import { readPointer, readPointerText, ValidationError } from '@onceover/contract';

export type FormPair = readonly [name: string, value: string];

type VendorFields = Readonly<Record<string, string | number | boolean | null>>;

const fieldPath = /^[a-z][a-z0-9_]*(\.[A-Za-z0-9_-]+)*$/;

/**
 * Stripe's own fields of a record, as form pairs. A dot goes into an object (`metadata.plan`, `address.city`); null
 * clears a field.
 * @throws {ValidationError} when a field is one of `reserved` or has no such name
 */
export function vendorPairs(fields: VendorFields | undefined, reserved: ReadonlySet<string>): FormPair[] {
  return Object.entries(fields ?? {}).map(([field, value]) => {
    const path = `/vendor/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!fieldPath.test(field)) {
      throw new ValidationError(`“${field}” is no field of Stripe: write it like metadata.plan`, { path });
    }
    if (reserved.has(field)) {
      throw new ValidationError(`“${field}” is set from the record itself: leave it out of vendor`, { path });
    }
    return [bracketed(field), value === null ? '' : String(value)];
  });
}

/** `metadata.external_id` → `metadata[external_id]`. */
export function bracketed(field: string): string {
  return field.replaceAll(/\.([^.]+)/g, '[$1]');
}

/** True when writing these pairs would change nothing of the object. */
export function alreadyHolds(object: unknown, pairs: readonly FormPair[]): boolean {
  return pairs.every(([name, value]) => {
    const pointer = `/${name.replaceAll(']', '').replaceAll('[', '/')}`;
    const current = readPointer(object, pointer);
    const text = readPointerText(object, pointer);
    return value === '' ? current === undefined || current === null || text === '' : text === value;
  });
}

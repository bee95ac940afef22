import { ValidationError } from '@onceover/contract';
import { z } from 'zod';

/** A record's id in HubSpot's answers. */
export const recordIdSchema = z.string().min(1);

/** Property values as HubSpot takes them: text, all of them; the empty text clears a property. */
export type HubspotProperties = Readonly<Record<string, string>>;

/**
 * The properties of a record: its own fields, and beside them what is the vendor's alone.
 * @throws {ValidationError} when a vendor field names a property that a field of the record already stands for
 */
export function toProperties(
  own: Readonly<Record<string, string | undefined>>,
  vendor: Readonly<Record<string, string | number | boolean | null>> = {},
): HubspotProperties {
  for (const name of Object.keys(vendor)) {
    if (Object.hasOwn(own, name)) {
      throw new ValidationError(`${name} has a field of its own: use that instead of vendor.${name}`, {
        path: `/vendor/${name}`,
      });
    }
  }
  const values = [
    ...Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ...Object.entries(vendor).map(([name, value]) => [name, value === null ? '' : String(value)] as const),
  ];
  return Object.fromEntries(values);
}

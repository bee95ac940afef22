import { z } from 'zod';

/** Fields that records of several domains use, with their data classes. */

export const emailSchema = z.email().max(320).meta({ data: 'personal' });
export const personNameSchema = z.string().min(1).max(255).meta({ data: 'personal' });
export const phoneSchema = z.string().min(3).max(64).meta({ data: 'personal' });

/** The vendor's id of a record, as text. */
export const vendorIdSchema = z.string().min(1).max(255);

/** RFC 3339, with an offset or Z. */
export const instantSchema = z.iso.datetime({ offset: true });

/** The place for what is the vendor's own: its field names, with plain values. Null clears a field. */
export const vendorFieldsSchema = z.record(
  z.string().min(1).max(255),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);

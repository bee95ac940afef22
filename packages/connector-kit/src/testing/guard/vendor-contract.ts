import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * A vendor's published contract, reduced to what machines check: types, required fields, property names, enums,
 * scopes. Written by a script from the vendor's file; prose never comes along.
 */

const jsonSchema = z.record(z.string(), z.unknown());

const operationSchema = z.strictObject({
  /** Query parameters by name. */
  query: z.record(z.string(), z.strictObject({ required: z.literal(true).optional(), schema: jsonSchema })),
  request: z
    .strictObject({
      contentType: z.string(),
      required: z.literal(true).optional(),
      schema: jsonSchema,
    })
    .optional(),
  /** By status or `default`; null: no body. */
  responses: z.record(z.string().regex(/^([1-5]\d\d|default)$/), jsonSchema.nullable()),
  /** Scopes: each entry is one set that suffices. Absent where the vendor does not say. */
  security: z.array(z.array(z.string())).optional(),
});
export type ContractOperation = z.infer<typeof operationSchema>;

export const vendorContractSchema = z.strictObject({
  /** Where it comes from. */
  source: z.strictObject({
    name: z.string().min(1),
    version: z.string().min(1),
    files: z
      .array(
        z.strictObject({
          file: z.string().min(1),
          url: z.url(),
          /** Hex SHA-256 of the whole source file. */
          sha256: z.string().regex(/^[0-9a-f]{64}$/),
        }),
      )
      .min(1),
    /** True where a third party wrote the description: what it refuses is a hint, not a proof. */
    indicative: z.boolean(),
  }),
  /** `POST /things/{id}` → what is sent and answered. */
  operations: z.record(z.string().regex(/^(GET|HEAD|POST|PUT|PATCH|DELETE) \//), operationSchema),
  /** JSON Schemas that the operations refer to as `#/schemas/Name`. */
  schemas: z.record(z.string(), jsonSchema),
});
export type VendorContract = z.infer<typeof vendorContractSchema>;

/** Reads an extracted contract from its file. */
export function readContract(file: URL): VendorContract {
  return vendorContractSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

import { matchResults, parseWritten } from '@onceover/connector-kit';
import {
  type Contact,
  canonicalEmail,
  crm,
  implement,
  type KeyedRecord,
  naturalKey,
  type RecordOutcome,
} from '@onceover/contract';
import { z } from 'zod';
import { contactsPath, contactToProperties } from '../hubspot-contacts.ts';
import { hubspotErrorSchema, recordError } from '../hubspot-errors.ts';
import { recordIdSchema } from '../hubspot-properties.ts';

const resultSchema = z.object({
  id: recordIdSchema,
  new: z.boolean().nullish(),
  objectWriteTraceId: z.string().nullish(),
  properties: z.record(z.string(), z.string().nullish()).nullish(),
});

const batchSchema = z.object({
  results: z.array(resultSchema),
  errors: z.array(hubspotErrorSchema).nullish(),
});

/**
 * Up to 100 contacts by e-mail address, in one call. HubSpot's specification states no limit; 100 is what its
 * guides name for batches. With a trace id at each input HubSpot answers 207 and applies what it can.
 */
export const upsertContacts = implement(crm.contacts.upsert, {
  guarantee: naturalKey('email'),
  batch: { max: 100 },
  scopes: ['crm.objects.contacts.write'],
  reads: [],
  writes: ['POST /crm/objects/2026-03/contacts/batch/upsert'],
  source:
    'https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/contacts/batch/upsert-contacts',

  async run({ records, http }) {
    // https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/contacts/batch/upsert-contacts
    const { json } = await http.request({
      method: 'POST',
      path: `${contactsPath}/batch/upsert`,
      json: { inputs: records.map(toInput) },
    });
    const { results, errors } = parseWritten(batchSchema, json, 'a batch of contacts');
    return matchResults(records, [...results, ...(errors ?? [])], {
      recordKey: ({ effectKey }) => effectKey,
      resultKey: (result) => traceOf(result, records),
      outcome: (result) =>
        'id' in result ? applied(result) : { outcome: 'failed', error: recordError(result) },
    });
  },
});

type Result = z.infer<typeof resultSchema> | z.infer<typeof hubspotErrorSchema>;

function toInput({ record, naturalKey: id, effectKey }: KeyedRecord<Contact>) {
  return { id, idProperty: 'email', objectWriteTraceId: effectKey, properties: contactToProperties(record) };
}

function applied({ id, new: isNew }: z.infer<typeof resultSchema>): RecordOutcome {
  return { outcome: isNew === true ? 'created' : 'updated', vendorId: id };
}

/** Which record a result or an error is about: by its trace id, else by its e-mail address. */
function traceOf(result: Result, records: readonly KeyedRecord<Contact>[]): string | undefined {
  if (!('id' in result)) return result.context?.['objectWriteTraceId']?.[0];
  if (typeof result.objectWriteTraceId === 'string') return result.objectWriteTraceId;
  const email = result.properties?.['email'];
  if (typeof email !== 'string') return undefined;
  return records.find(({ naturalKey: key }) => key === canonicalEmail(email))?.effectKey;
}

import { parseWritten } from '@onceover/connector-kit';
import {
  type Company,
  crm,
  type HttpClient,
  implement,
  type KeyedRecord,
  lookup,
  type RecordOutcome,
} from '@onceover/contract';
import { z } from 'zod';
import { type HubspotProperties, recordIdSchema, toProperties } from '../hubspot-properties.ts';
import { companiesPath, findCompany } from './find-company.ts';

const writtenSchema = z.object({ id: recordIdSchema });

/**
 * A company by its domain. HubSpot's batch upsert takes unique properties alone and `domain` is none (a company made
 * through the API is not compared by it): a known link, else a search, says whether to create or to change.
 */
export const upsertCompanies = implement(crm.companies.upsert, {
  // Not confirmed: how long a search may lag. HubSpot says "a few moments".
  guarantee: lookup('domain', { lagSeconds: 60 }),
  scopes: ['crm.objects.companies.read', 'crm.objects.companies.write'],
  reads: ['POST /crm/objects/2026-03/companies/search'],
  writes: ['POST /crm/objects/2026-03/companies', 'PATCH /crm/objects/2026-03/companies/{companyId}'],
  source: 'https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/companies/guide',

  async run({ records, http, links }) {
    const known = await links.find(records.map(({ naturalKey }) => naturalKey));
    return Promise.all(records.map((keyed) => upsertCompany(keyed, known.get(keyed.naturalKey), http)));
  },

  /** A company that is as the record says: one with the domain alone may be older than the write that was lost. */
  async lookup({ records, http }) {
    return Promise.all(
      records.map(async (keyed) => {
        const properties = companyProperties(keyed);
        const found = await findCompany(http, keyed.naturalKey, Object.keys(properties));
        if (found === undefined) return null;
        const isAsWritten = Object.entries(properties).every(
          ([name, value]) => (found.properties[name] ?? '') === value,
        );
        return isAsWritten ? found.id : null;
      }),
    );
  },
});

async function upsertCompany(
  keyed: KeyedRecord<Company>,
  linked: string | undefined,
  http: HttpClient,
): Promise<RecordOutcome> {
  const properties = companyProperties(keyed);
  const vendorId = linked ?? (await findCompany(http, keyed.naturalKey, ['domain']))?.id;
  if (vendorId !== undefined)
    return { outcome: 'updated', vendorId: await change(http, vendorId, properties) };
  // https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/companies/basic/create-company
  const { json } = await http.request({
    method: 'POST',
    path: companiesPath,
    json: { properties, associations: [] },
  });
  return { outcome: 'created', vendorId: parseWritten(writtenSchema, json, 'a company').id };
}

async function change(http: HttpClient, vendorId: string, properties: HubspotProperties): Promise<string> {
  // https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/companies/basic/update-company
  const { json } = await http.request({
    method: 'PATCH',
    path: `${companiesPath}/${encodeURIComponent(vendorId)}`,
    json: { properties },
  });
  return parseWritten(writtenSchema, json, 'a company').id;
}

function companyProperties({ record, naturalKey }: KeyedRecord<Company>): HubspotProperties {
  return toProperties({ domain: naturalKey, name: record.name }, record.vendor);
}

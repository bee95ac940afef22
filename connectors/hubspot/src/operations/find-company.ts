import { parseAnswer } from '@onceover/connector-kit';
import { ConflictError, type HttpClient } from '@onceover/contract';
import { z } from 'zod';
import { recordIdSchema } from '../hubspot-properties.ts';

export const companiesPath = '/crm/objects/2026-03/companies';

const companySchema = z.object({
  id: recordIdSchema,
  properties: z.record(z.string(), z.string().nullish()),
});
export type FoundCompany = z.infer<typeof companySchema>;

const searchSchema = z.object({ results: z.array(companySchema) });

/**
 * The company of a domain. HubSpot keeps no uniqueness of domains: two companies with one are a person's to merge.
 * @throws {ConflictError} when there are several
 */
export async function findCompany(
  http: HttpClient,
  domain: string,
  properties: readonly string[],
): Promise<FoundCompany | undefined> {
  // https://developers.hubspot.com/docs/api-reference/2026-03/crm/search-the-crm
  const { json } = await http.request({
    method: 'POST',
    path: `${companiesPath}/search`,
    json: {
      filterGroups: [{ filters: [{ propertyName: 'domain', operator: 'EQ', value: domain }] }],
      properties,
      sorts: ['createdate'],
      limit: 2,
      after: '0',
    },
  });
  const [first, ...others] = parseAnswer(searchSchema, json, 'a list of companies').results;
  if (others.length > 0) {
    throw new ConflictError(`HubSpot has several companies with the domain ${domain}: merge them there`, {
      code: 'ambiguous_company',
    });
  }
  return first;
}

// node tooling/scripts/extract-contract/hubspot.ts <folder with HubSpot's *-2026-03.json> <commit>
// Writes connectors/hubspot/contract/hubspot-contract.generated.json: the calls that the connector makes, from
// HubSpot's own OpenAPI files (github.com/HubSpot/HubSpot-public-api-spec-collection).
import { join } from 'node:path';
import { extractOpenApi, writeContract } from './openapi.ts';

const [folder, commit] = process.argv.slice(2);
if (folder === undefined || commit === undefined) throw new Error('usage: hubspot.ts <folder> <commit>');

const objects = '/crm/objects/2026-03';
const file = (name: string, calls: readonly string[]) => ({
  path: join(folder, `${name}.json`),
  url: `https://github.com/HubSpot/HubSpot-public-api-spec-collection/tree/${commit}`,
  calls,
});

const contract = extractOpenApi({
  name: 'HubSpot public API specifications',
  version: '2026-03',
  files: [
    file('crm-contacts-2026-03', [
      `POST ${objects}/contacts/batch/upsert`,
      `POST ${objects}/contacts/search`,
      `GET ${objects}/contacts/{contactId}`,
    ]),
    file('crm-companies-2026-03', [
      `POST ${objects}/companies`,
      `PATCH ${objects}/companies/{companyId}`,
      `POST ${objects}/companies/search`,
    ]),
    file('oauth-2026-03', ['POST /oauth/2026-03/token']),
  ],
});

// The specification gives the token endpoint the errors of every endpoint; HubSpot's guide says RFC 6749's beside them.
const text = { type: 'string' };
const operations = contract.operations as Record<string, { responses: Record<string, unknown> }>;
const errors = contract.schemas['Error'] as { properties: Record<string, unknown> };
Object.assign(operations['POST /oauth/2026-03/token']?.responses ?? {}, {
  default: {
    ...errors,
    properties: { ...errors.properties, error: text, error_description: text, status: text },
    'x-documented-at':
      'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/oauth-quickstart-guide',
  },
});

writeContract('connectors/hubspot/contract/hubspot-contract.generated.json', contract);

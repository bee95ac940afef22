// node tooling/scripts/extract-contract/zendesk.ts <folder with *-apievangelist-split.yml> <commit>
// Writes connectors/zendesk/contract/zendesk-contract.generated.json: the calls that the connector makes, from a
// third party's split of Zendesk's OpenAPI file (github.com/api-evangelist/zendesk). The split lost the schemas
// that its parts share: objects are filled in from its own examples, the rest from Zendesk's reference pages
// (zendesk-documented.ts). It is a hint of Zendesk's contract and no proof.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import {
  documentedOperations,
  documentedQuery,
  documentedSchemas,
  errorAnswer,
} from './zendesk-documented.ts';

type Json = Record<string, unknown>;
interface Document {
  paths: Record<string, Record<string, Json>>;
  components: { schemas: Record<string, Json> };
}

const [folder, commit] = process.argv.slice(2);
if (folder === undefined || commit === undefined) throw new Error('usage: zendesk.ts <folder> <commit>');

const files = ['users', 'tickets', 'oauth'].map((name) => {
  const file = `${name}-apievangelist-split.yml`;
  const bytes = readFileSync(join(folder, file));
  return {
    name,
    document: parse(bytes.toString('utf8')) as Document,
    entry: {
      file,
      url: `https://github.com/api-evangelist/zendesk/tree/${commit}`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
  };
});

const calls: readonly (readonly [file: string, method: string, path: string])[] = [
  ['users', 'POST', '/api/v2/users/create_or_update'],
  ['tickets', 'GET', '/api/v2/tickets'],
  ['tickets', 'POST', '/api/v2/tickets'],
  ['tickets', 'GET', '/api/v2/tickets/{ticket_id}'],
  ['tickets', 'PUT', '/api/v2/tickets/{ticket_id}'],
  ['tickets', 'GET', '/api/v2/tickets/{ticket_id}/comments'],
  ['oauth', 'POST', '/oauth/tokens'],
];

/** Inline examples that show an object whose schema is missing. */
const examples: Readonly<Record<string, readonly [file: string, schema: string, list: string]>> = {
  TicketObject: ['tickets', 'CursorBasedExportIncrementalTicketsResponse', 'tickets'],
  UserObject: ['users', 'TimeBasedExportIncrementalUsersResponse', 'users'],
};

const schemas: Record<string, Json> = {};
const operations = Object.fromEntries(
  calls.map(([file, method, path]) => {
    const { paths } = documentOf(file);
    const operation = paths[path]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`${file} has no ${method} ${path}`);
    const call = `${method} ${path.replace('{ticket_id}', '{ticketId}')}`;
    return [call, reduce(call, operation, documentOf(file))] as const;
  }),
);

const contract = {
  source: {
    name: 'Zendesk Support API, as split by API Evangelist, with what Zendesk documents elsewhere',
    version: commit,
    files: files.map(({ entry }) => entry),
    indicative: true,
  },
  operations: { ...operations, ...documentedOperations },
  schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
};
const target = fileURLToPath(
  new URL('../../../connectors/zendesk/contract/zendesk-contract.generated.json', import.meta.url),
);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `${JSON.stringify(contract, null, 2)}\n`);

function reduce(call: string, operation: Json, document: Document): Json {
  const parameters = (operation['parameters'] ?? []) as Json[];
  const inQuery = parameters.filter((parameter) => parameter['in'] === 'query');
  const body = contentOf(operation['requestBody'] as Json | undefined, document);
  const responses = Object.entries((operation['responses'] ?? {}) as Record<string, Json>);
  const request = body ?? documentedRequest(call);
  return {
    query: {
      ...Object.fromEntries(
        inQuery.map((parameter) => [
          String(parameter['name']),
          { schema: keep(parameter['schema'], document) },
        ]),
      ),
      ...documentedQuery[call],
    },
    ...(request === undefined
      ? {}
      : { request: { contentType: 'application/json', required: true, schema: request } }),
    responses: {
      ...Object.fromEntries(
        responses.map(([status, response]) => [status, contentOf(response, document) ?? null]),
      ),
      // The grant-type reference answers 200 in its examples; the split has 201 alone.
      ...(call === 'POST /oauth/tokens' ? { 200: keepRef('OAuthTokenForGrantTypesObject', document) } : {}),
      default: errorAnswer,
    },
  };
}

function documentedRequest(call: string): Json | undefined {
  return call === 'POST /oauth/tokens' ? keepRef('GrantTypeTokenRequest', undefined) : undefined;
}

function contentOf(holder: Json | undefined, document: Document): Json | undefined {
  const content = holder?.['content'] as Record<string, Json> | undefined;
  const schema = content?.['application/json']?.['schema'];
  return schema === undefined ? undefined : (keep(schema, document) as Json);
}

/** What machines check, without prose and examples; references become ours. */
function keep(value: unknown, document: Document | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => keep(item, document));
  if (typeof value !== 'object' || value === null) return value;
  const node = value as Json;
  const reference = node['$ref'];
  if (typeof reference === 'string') return keepRef(reference.split('/').at(-1) ?? '', document);
  const entries = Object.entries(node).filter(
    ([name]) => !['description', 'example', 'examples', 'readOnly', 'writeOnly', 'nullable'].includes(name),
  );
  const kept = Object.fromEntries(entries.map(([name, child]) => [name, keep(child, document)]));
  return node['nullable'] === true ? { anyOf: [kept, { type: 'null' }] } : kept;
}

function keepRef(name: string, document: Document | undefined): Json {
  if (!Object.hasOwn(schemas, name)) {
    schemas[name] = {};
    schemas[name] = schemaOf(name, document);
  }
  return { $ref: `#/schemas/${name}` };
}

function schemaOf(name: string, document: Document | undefined): Json {
  const own = document?.components.schemas[name];
  if (own !== undefined) {
    // An envelope without its record says nothing: what the split lists is required.
    const properties = Object.keys(own['properties'] ?? {});
    return { ...(keep(own, document) as Json), required: properties };
  }
  const example = examples[name];
  if (example !== undefined) {
    const [file, schema, list] = example;
    const shown = documentOf(file).components.schemas[schema]?.['example'] as Record<string, unknown[]>;
    return shapeOf((shown[list] ?? [])[0] as Json);
  }
  const documented = documentedSchemas[name];
  if (documented === undefined) throw new Error(`Nothing describes ${name}`);
  return keep(documented, document) as Json;
}

/** The properties of an example, all required, each of the example's type or null; others are allowed. */
function shapeOf(example: Json): Json {
  return {
    'x-from': 'an example',
    type: 'object',
    required: Object.keys(example),
    properties: Object.fromEntries(
      Object.entries(example).map(([name, value]) => [
        name,
        value === null ? {} : { type: [typeOf(value), 'null'] },
      ]),
    ),
  };
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function documentOf(name: string): Document {
  const found = files.find((file) => file.name === name);
  if (found === undefined) throw new Error(`No file ${name}`);
  return found.document;
}

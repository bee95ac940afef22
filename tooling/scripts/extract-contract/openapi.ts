// What a vendor's OpenAPI 3 file says about some of its calls, without prose: see `vendorContractSchema` of
// @onceover/connector-kit/testing for the form.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

type Json = Record<string, unknown>;

interface Document {
  paths: Record<string, Record<string, Json>>;
  components: { schemas: Record<string, Json>; responses?: Record<string, Json> };
}

/** Keywords that machines check; descriptions, examples, titles and vendor extensions stay behind. */
const kept = new Set([
  'type',
  'required',
  'enum',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
]);

export interface ExtractedFile {
  /** Path of the vendor's file. */
  path: string;
  /** Where it can be read in public. */
  url: string;
  /** `POST /things/{id}`. */
  calls: readonly string[];
}

/** Extracts calls of several files into one contract. */
export function extractOpenApi(options: { name: string; version: string; files: readonly ExtractedFile[] }) {
  const schemas: Json = {};
  const operations: Json = {};
  const sources = options.files.map(({ path, url, calls }) => {
    const bytes = readFileSync(path);
    const document = JSON.parse(bytes.toString('utf8')) as Document;
    for (const call of calls) operations[call] = operationOf(document, call, schemas);
    return { file: basename(path), url, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  return {
    source: { name: options.name, version: options.version, files: sources, indicative: false },
    operations: sorted(operations),
    schemas: sorted(schemas),
  };
}

/** @param target path from the root of the workspace */
export function writeContract(target: string, contract: unknown): void {
  const file = fileURLToPath(new URL(`../../../${target}`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(contract, null, 2)}\n`);
}

function operationOf(document: Document, call: string, schemas: Json): Json {
  const [method = '', path = ''] = call.split(' ');
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`The file has no ${call}`);
  const schemaOf = (schema: unknown) => keep(schema, document, schemas);
  const parameters = (operation['parameters'] ?? []) as Json[];
  const body = operation['requestBody'] as Json | undefined;
  const request = body === undefined ? undefined : contentOf(body);
  const responses = Object.entries(operation['responses'] as Record<string, Json>);
  const security = operation['security'] as Record<string, string[]>[] | undefined;
  return {
    query: Object.fromEntries(
      parameters
        .filter((parameter) => parameter['in'] === 'query')
        .map((parameter) => [
          parameter['name'],
          {
            ...(parameter['required'] === true ? { required: true } : {}),
            schema: schemaOf(parameter['schema']),
          },
        ]),
    ),
    ...(request === undefined
      ? {}
      : {
          request: {
            contentType: request.contentType,
            ...(body?.['required'] === true ? { required: true } : {}),
            schema: schemaOf(request.schema),
          },
        }),
    responses: Object.fromEntries(
      responses.map(([status, response]) => {
        const content = contentOf(resolveResponse(document, response));
        return [status, content === undefined ? null : schemaOf(content.schema)];
      }),
    ),
    ...(security === undefined
      ? {}
      : { security: security.map((alternative) => Object.values(alternative).flat().sort()) }),
  };
}

function resolveResponse(document: Document, response: Json): Json {
  const reference = response['$ref'];
  if (typeof reference !== 'string') return response;
  const found = document.components.responses?.[nameOf(reference)];
  if (found === undefined) throw new Error(`Nothing at ${reference}`);
  return found;
}

function contentOf(holder: Json): { contentType: string; schema: unknown } | undefined {
  const [first] = Object.entries((holder['content'] ?? {}) as Record<string, Json>);
  return first === undefined ? undefined : { contentType: first[0], schema: first[1]['schema'] };
}

/** A schema without prose. An object that names its properties has no others: a fake must not invent any. */
function keep(schema: unknown, document: Document, schemas: Json): unknown {
  const node = schema as Json;
  const reference = node['$ref'];
  if (typeof reference === 'string') return keepReference(nameOf(reference), document, schemas);
  const facts = Object.fromEntries(Object.entries(node).filter(([key]) => kept.has(key)));
  const child = (value: unknown) => keep(value, document, schemas);
  const properties = Object.entries((node['properties'] ?? {}) as Json);
  const others = node['additionalProperties'];
  for (const combination of ['oneOf', 'anyOf', 'allOf']) {
    const list = node[combination];
    if (Array.isArray(list)) facts[combination] = list.map(child);
  }
  if (node['items'] !== undefined) facts['items'] = child(node['items']);
  if (properties.length > 0) {
    facts['properties'] = Object.fromEntries(properties.map(([name, value]) => [name, child(value)]));
    facts['additionalProperties'] = false;
  }
  if (typeof others === 'object' && others !== null) facts['additionalProperties'] = child(others);
  if (node['nullable'] === true) return { anyOf: [facts, { type: 'null' }] };
  return facts;
}

function keepReference(name: string, document: Document, schemas: Json): Json {
  if (!Object.hasOwn(schemas, name)) {
    const found = document.components.schemas[name];
    if (found === undefined) throw new Error(`Nothing describes ${name}`);
    // Set before it is followed, so that a schema may refer to itself.
    schemas[name] = {};
    schemas[name] = keep(found, document, schemas);
  }
  return { $ref: `#/schemas/${name}` };
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function sorted(record: Json): Json {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

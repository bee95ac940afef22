import type { VendorContract } from '../guard/vendor-contract.ts';

const text = { type: 'string' };
const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const list = (items: unknown) => ({ type: 'array', items });
const error = object({ message: text });

/** What the toy vendor "publishes". */
export const toyContract: VendorContract = {
  source: {
    name: 'toy',
    version: '1',
    files: [{ file: 'toy.json', url: 'https://toy.example/api.json', sha256: '0'.repeat(64) }],
    indicative: false,
  },
  operations: {
    'POST /people/batch': {
      query: {},
      request: {
        contentType: 'application/json',
        required: true,
        schema: object({ people: list({ $ref: '#/schemas/Person' }) }),
      },
      responses: {
        200: object({
          results: list(object({ id: text, mail: text, fresh: { type: 'boolean' } })),
          errors: list(object({ mail: text, message: text })),
        }),
        default: error,
      },
      security: [['people.write'], ['everything', 'admin']],
    },
    'GET /people/{id}': {
      query: {},
      responses: { 200: { $ref: '#/schemas/StoredPerson' }, default: error },
      security: [['people.read'], ['people.write']],
    },
    'GET /people': {
      query: { since: { required: true, schema: text }, page: { schema: { type: 'integer' } } },
      responses: {
        200: object({ people: list({ $ref: '#/schemas/StoredPerson' }), next: { type: 'integer' } }, [
          'people',
        ]),
        default: error,
      },
      security: [['people.read']],
    },
    'GET /firms': {
      query: { domain: { required: true, schema: text } },
      responses: {
        200: object({ firms: list(object({ id: text, domain: text, title: text })) }),
        default: error,
      },
      security: [['firms']],
    },
    'POST /firms': {
      query: {},
      request: {
        contentType: 'application/x-www-form-urlencoded',
        required: true,
        schema: object({ domain: text, meta: object({ title: text }) }),
      },
      responses: { 201: object({ id: text }), default: error },
      security: [['firms']],
    },
    'POST /firms/{id}': {
      query: {},
      request: {
        contentType: 'application/x-www-form-urlencoded',
        required: true,
        schema: object({ domain: text, meta: object({ title: text }) }),
      },
      responses: { 200: object({ id: text }), default: error },
      security: [['firms']],
    },
  },
  schemas: {
    Person: object({ mail: text, first: text }, ['mail']),
    StoredPerson: object({ id: text, mail: text, first: text, changed: text }, ['id', 'mail', 'changed']),
  },
};

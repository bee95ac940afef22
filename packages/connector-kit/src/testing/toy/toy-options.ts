import type { ConformanceOptions } from '../conformance-options.ts';
import { loadContract } from '../guard/load-contract.ts';
import { toyContract } from './toy-contract.ts';
import { toySandbox, type ToyState } from './toy-sandbox.ts';
import { toyVector } from './toy-signature.ts';

const at = '2026-11-24T10:00:00Z';
const contact = { vendorId: 'p1', email: 'ada@example.com', firstName: 'Ada', updatedAt: at };
const changed = (person: string, event: string) => ({ event, person, kind: 'changed', at });
const person = (id: string) => ({ id, mail: `${id}@example.com`, first: 'Ada', changed: at });

/** How the toy joins the suite. */
export function toyOptions(
  changes: Partial<ConformanceOptions<ToyState>> = {},
): ConformanceOptions<ToyState> {
  return {
    sandbox: toySandbox(),
    contract: loadContract(toyContract),
    samples: {
      'contacts.upsert': {
        kind: 'write',
        records: [
          { email: 'Ada@example.com', firstName: 'Ada' },
          { email: 'grace@example.com', firstName: 'Grace' },
          { email: 'alan@example.com' },
        ],
        changed: [
          { email: 'ada@example.com', firstName: 'Augusta' },
          { email: 'grace@example.com', firstName: 'G.' },
          { email: 'alan@example.com', firstName: 'Alan' },
        ],
        rendered: () => ({
          method: 'POST',
          path: '/people/batch',
          body: {
            people: [
              { mail: 'ada@example.com', first: 'Ada' },
              { mail: 'grace@example.com', first: 'Grace' },
              { mail: 'alan@example.com' },
            ],
          },
        }),
        batch: {
          results: '/results',
          errors: '/errors',
          refused: {
            record: { email: 'eve@example.com', firstName: 'refused' },
            error: { class: 'ValidationError' },
          },
        },
      },
      'companies.upsert': {
        kind: 'write',
        records: [{ domain: 'Example.com', name: 'Example' }],
        changed: [{ domain: 'example.com', name: 'Example Ltd' }],
        rendered: () => ({
          method: 'POST',
          path: '/firms',
          body: 'domain=example.com&meta%5Btitle%5D=Example',
        }),
      },
      'contacts.find': {
        kind: 'read',
        cases: [
          {
            name: 'a person is found by id',
            prepare: ({ state }) => void state.people.set('p1', { ...person('p1'), mail: 'ada@example.com' }),
            input: { vendorId: 'p1' },
            output: { contact },
          },
          { name: 'an unknown person is null', input: { vendorId: 'p9' }, output: { contact: null } },
        ],
        accepted: { 'GET /people/{id}': [404] },
      },
      'contacts.listChanged': {
        kind: 'read',
        cases: [{ name: 'nobody changed', input: { since: at }, output: { contacts: [], cursor: null } }],
        paging: {
          prepare({ state }) {
            for (const id of ['p1', 'p2', 'p3', 'p4', 'p5']) state.people.set(id, person(id));
          },
          input: { since: at },
          items: '/contacts',
          key: '/vendorId',
          count: 5,
          pages: 3,
        },
      },
    },
    triggers: {
      events: {
        vectors: [toyVector([changed('p1', 'e1'), changed('p2', 'e1')])],
        items: [
          {
            name: 'a changed person',
            item: changed('p1', 'e1'),
            record: { contact },
            events: [{ type: 'crm.contact-changed.v1', data: { contact, change: 'updated', fields: [] } }],
          },
          {
            name: 'a person who is gone by now',
            item: changed('p2', 'e1'),
            record: { contact: null },
            events: [],
          },
          {
            name: 'a removed person',
            item: { event: 'e2', person: 'p1', kind: 'gone', at },
            events: [
              {
                type: 'crm.contact-changed.v1',
                data: { contact: { vendorId: 'p1' }, change: 'removed', fields: [] },
              },
            ],
          },
        ],
      },
    },
    ...changes,
  };
}

import { http, HttpResponse } from 'msw';
import { jsonAnswer, type SandboxContext, type SandboxDefinition } from '../../sandbox/index.ts';
import { toySignature } from './toy-signature.ts';

export interface ToyState {
  people: Map<string, { id: string; mail: string; first: string; changed: string }>;
  firms: Map<string, { id: string; domain: string; title: string; foundFrom: number }>;
}

const origin = 'https://api.toy.example';
/** How long the toy's search of firms lags. */
export const toyLagSeconds = 30;

/** A small vendor: people by address in batches, firms found by domain and created under an idempotency key. */
export function toySandbox(changes: Partial<SandboxDefinition<ToyState>> = {}): SandboxDefinition<ToyState> {
  return {
    id: 'toy',
    origin,
    accessToken: 'toy-token',
    webhookSecret: 'toy-secret',
    tokens: { rotates: 'never', oldAccessDies: false, graceSeconds: 0, accessSeconds: null, scopes: [] },
    createState: () => ({ people: new Map(), firms: new Map() }),
    handlers: (context) => [...peopleHandlers(context), ...firmHandlers(context)],
    isPublic: () => false,
    failure: ({ status, retryAfterSeconds }) =>
      jsonAnswer(
        status,
        { message: `toy says ${status}` },
        retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
      ),
    idempotency: {
      header: 'Toy-Key',
      hours: 24,
      applies: ({ method, path }) => method === 'POST' && path.startsWith('/firms'),
      repeated: ['toy-repeated', 'yes'],
      mismatch: () => jsonAnswer(400, { message: 'another request had this key' }),
      inProgress: () => jsonAnswer(409, { message: 'still working' }),
    },
    webhook: { scheme: toySignature, body: (event) => (Array.isArray(event) ? event : [event]) },
    ...changes,
  };
}

function peopleHandlers({ state, ledger, clock, nextId }: SandboxContext<ToyState>) {
  return [
    http.post(`${origin}/people/batch`, async ({ request }) => {
      const { people } = (await request.json()) as { people: { mail: string; first?: string }[] };
      const results: object[] = [];
      const errors: object[] = [];
      for (const { mail, first = '' } of people) {
        if (first === 'refused') {
          errors.push({ mail, message: 'not this one' });
          continue;
        }
        const known = [...state.people.values()].find((person) => person.mail === mail);
        const id = known?.id ?? `p${nextId()}`;
        const action = known === undefined ? 'created' : known.first === first ? 'unchanged' : 'updated';
        state.people.set(id, { id, mail, first, changed: clock.now().toISOString() });
        ledger.record({ resource: 'contacts', naturalKey: mail, vendorId: id, action });
        results.push({ id, mail, fresh: known === undefined });
      }
      return HttpResponse.json({ results, errors });
    }),
    http.get(`${origin}/people/:id`, ({ params }) => {
      const person = state.people.get(String(params['id']));
      return person === undefined
        ? HttpResponse.json({ message: 'nobody' }, { status: 404 })
        : HttpResponse.json(person);
    }),
    http.get(`${origin}/people`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      const page = Number(query.get('page') ?? 0);
      const all = [...state.people.values()].filter(({ changed }) => changed >= (query.get('since') ?? ''));
      const people = all.slice(page * 2, page * 2 + 2);
      return HttpResponse.json({ people, ...(all.length > page * 2 + 2 ? { next: page + 1 } : {}) });
    }),
  ];
}

function firmHandlers({ state, ledger, clock, nextId }: SandboxContext<ToyState>) {
  const write = (id: string, form: URLSearchParams) => {
    const firm = { id, domain: form.get('domain') ?? '', title: form.get('meta[title]') ?? '' };
    const known = state.firms.get(id);
    const action = known === undefined ? 'created' : known.title === firm.title ? 'unchanged' : 'updated';
    const foundFrom = known?.foundFrom ?? clock.now().getTime() + toyLagSeconds * 1000;
    state.firms.set(id, { ...firm, foundFrom });
    ledger.record({ resource: 'companies', naturalKey: firm.domain, vendorId: id, action });
    return { id };
  };
  return [
    http.get(`${origin}/firms`, ({ request }) => {
      const domain = new URL(request.url).searchParams.get('domain');
      const now = clock.now().getTime();
      const firms = [...state.firms.values()].filter(
        (firm) => firm.domain === domain && firm.foundFrom <= now,
      );
      return HttpResponse.json({
        firms: firms.map(({ id, domain: own, title }) => ({ id, domain: own, title })),
      });
    }),
    http.post(`${origin}/firms`, async ({ request }) =>
      HttpResponse.json(write(`f${nextId()}`, new URLSearchParams(await request.text())), { status: 201 }),
    ),
    http.post(`${origin}/firms/:id`, async ({ request, params }) =>
      HttpResponse.json(write(String(params['id']), new URLSearchParams(await request.text()))),
    ),
  ];
}

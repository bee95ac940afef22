/** What a connector may have beside writes and OAuth: a webhook that it subscribes to, secrets, other guarantees. */

export type ExtraFault =
  | 'old secret holds'
  | 'leaves an orphan'
  | 'subscribes twice'
  | 'keeps its subscription'
  | 'says no steps';

type Has = (fault: ExtraFault) => boolean;

/** Texts that belong into the connector's source. */
export const extraConnector = (has: Has) => ({
  imports:
    'createSubscription, crm, listSubscriptions, lookup, naturalKey, none, removeSubscription, webhook,',
  secrets: `
    { name: 'accessToken', per: 'connection', uses: ['api'], issuer: 'vendor', source, verified: true,
      overlap: { mode: 'dual', seconds: 86400 } },
    { name: 'webhookSecret', per: 'connection', uses: ['webhook'], issuer: 'person', source, verified: true,
      overlap: { mode: 'dual', seconds: 86400 }, page: 'https://acme.example/webhooks',
      ${has('says no steps') ? '' : "steps: ['Roll the secret.', 'Copy it.'],"} },
    { name: 'clientSecret', per: 'registration', uses: ['oauth'], issuer: 'person', source, verified: true,
      overlap: { mode: 'dual', seconds: 86400 }, page: 'https://acme.example/app', steps: ['Roll it.'] },`,
  operations: `
    implement(billing.refunds.create, {
      guarantee: lookup('reference', { lagSeconds: 0 }), scopes: ['customers:write'], source,
      reads: ['GET /refunds/{reference}'], writes: ['POST /refunds'],
      async run({ records: [{ record }], http }) {
        const { json } = await http.request({ method: 'POST', path: '/refunds', json: { reference: record.reference } });
        return [{ outcome: 'created', vendorId: json.id }];
      },
      async lookup({ records, http }) {
        const [{ record }] = records;
        const path = '/refunds/' + encodeURIComponent(record.reference);
        const { status, json } = await http.request({ method: 'GET', path, accept: [404] });
        return [status === 404 ? null : json.id];
      },
    }),
    implement(crm.companies.upsert, {
      guarantee: none(), scopes: ['customers:write'], reads: [], writes: ['POST /companies'], source,
      async run({ records: [{ record }], http }) {
        const { json } = await http.request({ method: 'POST', path: '/companies', json: { domain: record.domain } });
        return [{ outcome: 'created', vendorId: json.id }];
      },
    }),
    listSubscriptions({
      scopes: ['customers:write'], reads: ['GET /hooks'], source,
      async run({ http }) {
        const { json } = await http.request({ method: 'GET', path: '/hooks' });
        const subscriptions = json.hooks.map(({ id, url }) => ({ vendorId: id, url, topics: ['paid'], isActive: true }));
        return { subscriptions: subscriptions${has('subscribes twice') ? '.slice(0, 1)' : ''} };
      },
    }),
    createSubscription({
      guarantee: idempotencyKey({ header: 'Idempotency-Key', hours: 24 }), scopes: ['customers:write'], reads: [],
      writes: ['POST /hooks'], withholds: [{ pointer: '/secret', secret: 'webhookSecret' }], source,
      async run({ records: [{ record }], http }) {
        const { json } = await http.request({ method: 'POST', path: '/hooks', json: { url: record.url } });
        return [{ outcome: 'created', vendorId: json.id }];
      },
    }),
    removeSubscription({
      guarantee: naturalKey('id'), scopes: ['customers:write'], reads: [], writes: ['DELETE /hooks/{id}'], source,
      async run({ records: [{ record: { vendorId } }], http }) {
        const { status } = await http.request({ method: 'DELETE', path: '/hooks/' + vendorId, accept: [404] });
        return [{ outcome: status === 404 ? 'unchanged' : 'updated', vendorId }];
      },
    }),`,
  members: `
  rotation: {
    accessToken: {
      reads: ['GET /keys', 'GET /me'], writes: ['POST /keys', 'DELETE /keys/{id}'],
      withholds: [{ call: 'POST /keys', pointer: '/secret' }],
      hooks: {
        async create({ http, reference }) {
          const { json } = await http.request({ method: 'POST', path: '/keys', json: { label: reference } });
          return { vendorSecretId: json.id };
        },
        async test({ http }) { await http.request({ method: 'GET', path: '/me' }); return { principal: 'acme' }; },
        async revoke({ http, vendorSecretId = 'first' }) {
          await http.request({ method: 'DELETE', path: '/keys/' + vendorSecretId, accept: [404] });
        },
        async reconcile({ http }) {
          const { json } = await http.request({ method: 'GET', path: '/keys' });
          return json.keys.map(({ id, label }) => ({ vendorSecretId: id, ...(label && { reference: label }) }));
        },
      },
    },
  },`,
  triggers: `webhook({
    name: 'events', summary: 'Invoices that were paid.', source, events: [billing.invoicePaid.type],
    signature: {
      algorithm: 'sha256', encoding: 'hex', header: 'Acme-Signature', format: { kind: 'plain' }, signed: ['body'],
      secret: 'webhookSecret',
    },
    key: [{ pointer: '/id' }], record: [{ pointer: '/id' }], time: { pointer: '/at', unit: 'rfc3339' },
    subscription: {
      per: 'connection', topics: ['paid'], list: 'subscriptions.list', create: 'subscriptions.create',
      remove: 'subscriptions.remove', manual: ['Add {url}.'], test: 'Send a test.',
    },
    normalize: () => [],
  })`,
});

/** The vendor's side, in the sandbox's source: `own`, `valid`, `keys` and `has` are the sandbox's. */
export const extraSandbox = {
  state: `
    const refunds = new Map();
    const companies = new Map();
    const hooks = new Map();
    const apiKeys = new Map([['first', { label: null, secret: own }]]);
    let clientSecrets = null;
    const once = (map, key) => { map.set(key, (map.get(key) ?? 0) + 1); return { id: key }; };
    const sign = (body, secret) => createHmac('sha256', secret).update(body).digest('hex');
    const send = async ({ to, event, secret = 'acme-sandbox-secret' }) => {
      const body = JSON.stringify(event);
      const headers = { 'content-type': 'application/json', 'acme-signature': sign(body, secret) };
      return { status: (await fetch(to, { method: 'POST', headers, body })).status };
    };`,
  effects: `...[...refunds].map(([key, count]) => (
      { resource: 'refunds', naturalKey: key, vendorId: key, action: 'created', count })),
    ...[...companies].map(([key, count]) => (
      { resource: 'companies', naturalKey: key, vendorId: key, action: 'created', count }))`,
  isClient: `(request) => {
    const given = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
    return clientSecrets?.includes(decodeURIComponent(given.split(':')[1] ?? '')) ?? true;
  }`,
  control: `
        case 'POST /_sandbox/client-secrets': clientSecrets = JSON.parse(body).secrets; return [200, {}];
        case 'POST /_sandbox/send': return send(JSON.parse(body)).then((sent) => [200, sent]);`,
  calls: `
      const [, place, id = ''] = url.pathname.split('/');
      switch (request.method + ' /' + place) {
        case 'GET /keys': return [200, { keys: [...apiKeys].map(([key, { label }]) => ({ id: key, label })) }];
        case 'POST /keys': {
          const made = { id: 'key-' + (number += 1), secret: 'secret-of-acme-' + number };
          const { label } = JSON.parse(body);
          apiKeys.set(made.id, { label, secret: made.secret });
          if (has('leaves an orphan')) apiKeys.set(made.id + '-again', { label, secret: made.secret + '-again' });
          valid.add(made.secret);
          return [200, made];
        }
        case 'DELETE /keys': {
          if (!apiKeys.has(id)) return [404, { error: 'no such key' }];
          if (has('old secret holds')) return [204, {}];
          valid.delete(apiKeys.get(id).secret);
          apiKeys.delete(id);
          return [204, {}];
        }
        case 'GET /refunds': return refunds.has(decodeURIComponent(id)) ? [200, { id }] : [404, { error: 'none' }];
        case 'POST /refunds': return [200, once(refunds, JSON.parse(body).reference)];
        case 'POST /companies': return [200, once(companies, JSON.parse(body).domain)];
        case 'GET /hooks': return [200, { hooks: [...hooks].map(([key, hook]) => ({ id: key, url: hook })) }];
        case 'POST /hooks': {
          const key = request.headers['idempotency-key'];
          if (keys.has(key)) return [200, keys.get(key)];
          const made = { id: 'hook-' + (number += 1), secret: 'acme-sandbox-secret' };
          hooks.set(made.id, JSON.parse(body).url);
          if (has('subscribes twice')) hooks.set(made.id + '-again', JSON.parse(body).url);
          keys.set(key, made);
          return [200, made];
        }
        case 'DELETE /hooks': return [hooks.delete(has('keeps its subscription') ? '' : id) ? 204 : 404, {}];
      }`,
};

import { createHash } from 'node:crypto';
import { createManualClock, createSandbox, type SandboxExchange } from '@onceover/connector-kit/sandbox';
import { loadContract, readContract } from '@onceover/connector-kit/testing';
import { readGrantedScopes } from '@onceover/contract';
import { expect, test } from 'vitest';
import { hubspot } from '../hubspot-connector.ts';
import { sandbox as definition } from './hubspot-sandbox.ts';

const contract = loadContract(
  readContract(new URL('../../contract/hubspot-contract.generated.json', import.meta.url)),
);
function open(accessToken?: string) {
  return createSandbox(definition, {
    clock: createManualClock('2026-11-24T10:00:00Z'),
    ...(accessToken === undefined ? {} : { accessToken }),
    onExchange: ({ request, answer }: SandboxExchange) => {
      if (request.path === '/oauth/authorize') return;
      const problems = [...contract.request(request), ...contract.answer(request, answer)];
      if (problems.length > 0) throw new Error(problems.join('\n'));
    },
  });
}
type Opened = ReturnType<typeof open>;

const call = async (
  sandbox: Opened,
  method: string,
  path: string,
  body?: object,
  token = sandbox.accessToken,
) => {
  const answer = await sandbox.answer({
    method,
    path: `/crm/objects/2026-03${path}`,
    query: '',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body === undefined ? '' : JSON.stringify(body),
  });
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, never> };
};
const input = (email: string, properties: Record<string, string> = {}, trace = true) => ({
  id: email,
  idProperty: 'email',
  ...(trace ? { objectWriteTraceId: `trace-${email}` } : {}),
  properties,
});
const upsert = (sandbox: Opened, inputs: object[], token?: string) =>
  call(sandbox, 'POST', '/contacts/batch/upsert', { inputs }, token);

test('upsert: new tells created from known, and a write that changes nothing leaves the record as it is', async () => {
  const sandbox = open();
  const first = await upsert(sandbox, [input('a@b.co', { firstname: 'A' })]);
  const second = await upsert(sandbox, [input('A@B.co', { firstname: 'A' })]);
  expect([first.status, first.body['results']]).toEqual([200, [expect.objectContaining({ new: true })]]);
  expect(second.body['results']).toEqual([expect.objectContaining({ new: false })]);
  expect(sandbox.ledger.effects().map(({ action, count }) => [action, count])).toEqual([
    ['created', 1],
    ['unchanged', 1],
  ]);
});

test('upsert: with a trace id at each input the good ones are applied, without it one refuses the batch', async () => {
  const sandbox = open();
  const bad = { nobody_knows: 'x' };
  const multi = await upsert(sandbox, [input('a@b.co'), input('c@d.co', bad)]);
  expect([multi.status, multi.body['numErrors'], sandbox.state.contacts.size]).toEqual([207, 1, 1]);
  const single = await upsert(sandbox, [input('e@f.co', {}, false), input('g@h.co', bad, false)]);
  expect([single.status, sandbox.state.contacts.size]).toEqual([400, 1]);
});

test('upsert: more than 100 inputs, one address twice and another id property are refused', async () => {
  const sandbox = open();
  const many = Array.from({ length: 101 }, (_, index) => input(`a${index}@b.co`));
  for (const inputs of [
    many,
    [input('a@b.co'), { ...input('A@b.co'), objectWriteTraceId: 'other' }],
    [{ ...input('a@b.co'), idProperty: 'firstname' }],
  ]) {
    expect((await upsert(sandbox, inputs)).status).toBe(400);
  }
  expect(sandbox.ledger.history()).toEqual([]);
});

test('search: a new record is found after a while, results come in the asked order, offsets end at 10,000', async () => {
  const sandbox = open();
  await upsert(sandbox, [input('a@b.co')]);
  const search = (after: string) =>
    call(sandbox, 'POST', '/contacts/search', {
      filterGroups: [{ filters: [{ propertyName: 'email', operator: 'EQ', value: 'A@B.co' }] }],
      sorts: ['lastmodifieddate'],
      properties: ['email'],
      limit: 100,
      after,
    });
  expect((await search('0')).body['total']).toBe(0);
  (sandbox.clock as ReturnType<typeof createManualClock>).advance(5);
  expect((await search('0')).body['total']).toBe(1);
  expect((await search('9901')).status).toBe(400);
});

test('a token without the scope of a call gets 403 with HubSpot’s words', async () => {
  const sandbox = open();
  const { accessToken } = sandbox.tokens.grant(['oauth', 'crm.objects.contacts.read']);
  const refused = await upsert(sandbox, [input('a@b.co')], accessToken);
  expect([refused.status, refused.body['category']]).toEqual([403, 'MISSING_SCOPES']);
  expect((await call(sandbox, 'GET', '/contacts/1', undefined, accessToken)).status).toBe(404);
});

test('OAuth: consent, code with PKCE, refresh; the granted scopes are read from the answer', async () => {
  const sandbox = open();
  const redirectUri = 'http://127.0.0.1:4400/v1/oauth/callback/hubspot-app';
  const query = new URLSearchParams({
    client_id: 'id',
    redirect_uri: redirectUri,
    scope: 'oauth crm.objects.contacts.read',
    state: 's1',
    code_challenge: createHash('sha256').update('verifier').digest('base64url'),
    code_challenge_method: 'S256',
  });
  const consent = await sandbox.answer({
    method: 'GET',
    path: '/oauth/authorize',
    query: query.toString(),
    headers: {},
    body: '',
  });
  const location = new URL(Object.fromEntries(consent.headers)['location'] ?? '');
  expect([consent.status, location.searchParams.get('state')]).toEqual([302, 's1']);
  const token = async (form: Record<string, string>) => {
    const answer = await sandbox.answer({
      method: 'POST',
      path: '/oauth/2026-03/token',
      query: '',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: 'id', client_secret: 'secret', ...form }).toString(),
    });
    return { status: answer.status, body: JSON.parse(answer.body) as Record<string, string> };
  };
  const code = location.searchParams.get('code') ?? '';
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
  const granted = await token({ ...exchange, code_verifier: 'verifier' });
  expect(granted.status).toBe(200);
  expect(readGrantedScopes(hubspot.manifest.auth, granted.body)).toEqual([
    'crm.objects.contacts.read',
    'oauth',
  ]);
  expect(await token({ ...exchange, code_verifier: 'verifier' })).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant', status: 'BAD_AUTH_CODE' },
  });
  const refreshed = await token({
    grant_type: 'refresh_token',
    refresh_token: granted.body['refresh_token'] ?? '',
  });
  expect(refreshed.body['access_token']).not.toBe(granted.body['access_token']);
  expect(sandbox.tokens.isValid(refreshed.body['access_token'] ?? '')).toBe(true);
  expect(await token({ grant_type: 'refresh_token', refresh_token: 'unknown' })).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant', status: 'BAD_REFRESH_TOKEN' },
  });
});

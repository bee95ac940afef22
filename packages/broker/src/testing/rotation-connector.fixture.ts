import {
  type Connector,
  type ConnectorDefinition,
  defineConnector,
  type RotationHooks,
  type SecretFact,
  type SecretRotation,
} from '@onceover/contract';
import { z } from 'zod';
import { exampleDefinition } from './example-connector.fixture.ts';

export interface RotationFacts {
  issuer: SecretFact['issuer'];
  overlap: SecretFact['overlap'];
  maxAgeDays?: number;
  /** The id that the hooks give is what they saw of the vendor's answer. */
  isSpying?: boolean;
  /** Where `set` says that the secret goes; the manifest says `/secret`. */
  place?: string;
  /** `set` does not tell the vendor’s id of what it has set. */
  isForgetful?: boolean;
  /** What the hook `test` does instead of its request. */
  misdeed?: 'throw' | 'hang' | 'lie' | 'flood';
  /** What else is said of the secret, its name among it. */
  secret?: Partial<Omit<SecretFact, 'uses'>> & { uses?: readonly SecretFact['uses'][number][] };
  /** Hooks that are left out. */
  without?: readonly (keyof RotationHooks)[] | 'all';
}

const source = 'https://vendor.example/docs/keys';
const keySchema = z.object({ key: z.object({ id: z.string(), secret: z.string().optional() }) });
const keysSchema = z.object({ keys: z.array(z.object({ id: z.string(), label: z.string().nullable() })) });
const meSchema = z.object({ account: z.string(), scopes: z.array(z.string()) });

const hooksOf = ({
  isSpying = false,
  isForgetful = false,
  place = '/secret',
  misdeed,
}: RotationFacts): Required<RotationHooks> => ({
  async create({ http, reference }) {
    const { json, text } = await http.request({ method: 'POST', path: '/keys', json: { label: reference } });
    return { vendorSecretId: isSpying ? text : keySchema.parse(json).key.id };
  },
  async set({ http, reference }) {
    const listed = keysSchema.parse((await http.request({ method: 'GET', path: '/keys' })).json).keys;
    const known = listed.find(({ label }) => label === reference);
    if (known !== undefined) return { vendorSecretId: known.id };
    const { json, text } = await http.request({
      method: 'POST',
      path: '/keys',
      json: { label: reference },
      place,
    });
    if (isForgetful) return {};
    return { vendorSecretId: isSpying ? text : keySchema.parse(json).key.id };
  },
  async test({ http }) {
    if (misdeed === 'throw') throw new TypeError('cannot read properties of undefined');
    if (misdeed === 'hang') await new Promise(() => {});
    if (misdeed === 'flood') return { principal: 'x'.repeat(9 * 1024 * 1024) };
    if (misdeed === 'lie') return { principal: 'account-1' };
    const { account, scopes } = meSchema.parse((await http.request({ method: 'GET', path: '/me' })).json);
    return { principal: account, scopes };
  },
  async revoke({ http, vendorSecretId = 'self' }) {
    await http.request({ method: 'DELETE', path: `/keys/${vendorSecretId}`, accept: [404] });
  },
  async reconcile({ http }) {
    const { keys } = keysSchema.parse((await http.request({ method: 'GET', path: '/keys' })).json);
    return keys.map(({ id, label }) => ({
      vendorSecretId: id,
      ...(label === null ? {} : { reference: label }),
    }));
  },
});

function rotationOf(facts: RotationFacts): SecretRotation {
  const { issuer, without = [] } = facts;
  const hooks = hooksOf(facts);
  const issuing = { vendor: 'create', runtime: 'set', person: undefined }[issuer];
  const names = (['create', 'set', 'test', 'revoke', 'reconcile'] as const).filter(
    (name) => !without.includes(name) && (name === issuing || (name !== 'create' && name !== 'set')),
  );
  const place = { call: 'POST /keys' } as const;
  return {
    hooks: Object.fromEntries(names.map((name) => [name, hooks[name]])),
    reads: ['GET /keys', 'GET /me'],
    writes: ['POST /keys', 'DELETE /keys/{id}'],
    withholds: [{ ...place, pointer: '/key/secret' }],
    ...(issuer === 'runtime' && { placed: [{ ...place, pointer: '/secret' }] }),
  };
}

/** The example connector, whose access token is a key that can be rotated. */
export function connectorWithKeys(facts: RotationFacts): Connector {
  const { issuer, overlap, maxAgeDays, secret } = facts;
  const key: SecretFact = {
    name: 'accessToken',
    per: 'connection',
    issuer,
    overlap,
    ...(maxAgeDays && { maxAgeDays }),
    page: 'https://vendor.example/keys',
    steps: ['Open the page of keys.', 'Make a new key and copy it.'],
    source,
    verified: true,
    ...secret,
    uses: [...(secret?.uses ?? ['api' as const])],
  };
  const { auth, answers } = exampleDefinition;
  const definition: ConnectorDefinition = {
    ...exampleDefinition,
    answers: {
      ...answers,
      rateLimited: [{ status: 403, pointer: '/message', equals: 'rate limited' }],
    },
    auth: { ...auth, secrets: [...auth.secrets.filter(({ name }) => name !== key.name), key] },
    rotation: facts.without === 'all' ? {} : { [key.name]: rotationOf(facts) },
  };
  return defineConnector(definition);
}

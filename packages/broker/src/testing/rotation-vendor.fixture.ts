import { randomBytes } from 'node:crypto';
import {
  answerJson,
  type SeenRequest,
  startVendor,
  type Vendor,
  type VendorHandler,
} from './vendor.fixture.ts';

/** A key that calls carry, at the vendor's side. */
export interface VendorKey {
  id: string;
  secret: string;
  label: string | null;
  account: string;
  scopes: readonly string[];
}

/** A vendor whose API keys are minted, set, listed and ended by API. Several may hold at once. */
export interface RotationVendor extends AsyncDisposable {
  origin: string;
  keys: Map<string, VendorKey>;
  requests: Vendor['requests'];
  /** How many uses of the API were answered by each status; those of keys and of `/me` are not among them. */
  orders: Record<number, number>;
  /** What the vendor does instead of answering as it should; nothing is done then. */
  instead: ((request: SeenRequest, used: VendorKey) => VendorHandler | undefined) | undefined;
  /** Changes of keys that the vendor answers 500, and does not make. */
  fails: ((request: SeenRequest) => boolean) | undefined;
  /** Called when a change of keys is done, before it is answered; no answer comes when this returns false. */
  onChanged: ((request: SeenRequest) => boolean) | undefined;
  /** Whose the keys are that are made from now on, and what they may do. */
  next: Pick<VendorKey, 'account' | 'scopes'>;
  /** Makes a key as a person does in the vendor's page. */
  mint(label?: string | null, secret?: string): VendorKey;
}

export async function startRotationVendor(): Promise<RotationVendor> {
  let count = 0;
  const vendor = await startVendor((request, response) => {
    const answer = (status: number, body: unknown = {}) => answerJson(status, body)(request, response);
    const { method, url } = request;
    const used = [...kept.keys.values()].find(
      ({ secret }) => request.headers.authorization === `Bearer ${secret}`,
    );
    const isOrder = url.startsWith('/orders');
    const note = (status: number) => {
      if (isOrder) kept.orders[status] = (kept.orders[status] ?? 0) + 1;
    };
    if (used === undefined) {
      note(401);
      return answer(401, { message: 'this key is not known' });
    }
    const other = kept.instead?.(request, used);
    if (other !== undefined) return other(request, response);
    if (isOrder) {
      note(200);
      return answer(200, { id: '1' });
    }
    if (url === '/me') return answer(200, { account: used.account, scopes: used.scopes });
    if (kept.fails?.(request) === true) return answer(500);
    const changed = (status: number, body: unknown) => {
      if (kept.onChanged?.(request) !== false) answer(status, body);
    };
    if (method === 'GET' && url === '/keys') {
      const keys = [...kept.keys.values()].map(({ id, label }) => ({ id, label }));
      return answer(200, { keys });
    }
    if (method === 'POST' && url === '/keys') {
      const given = JSON.parse(request.body) as { label?: string; secret?: string };
      const { id, secret } = kept.mint(given.label, given.secret);
      // An echo, as vendors make them.
      return changed(201, { key: { id, secret }, message: `made ${secret}` });
    }
    const [, id = ''] = /^\/keys\/([a-z0-9]+)$/.exec(url) ?? [];
    if (method === 'DELETE' && id !== '') {
      kept.keys.delete(id === 'self' ? used.id : id);
      return changed(200, {});
    }
    return answer(404);
  });
  const kept: RotationVendor = {
    origin: vendor.origin,
    keys: new Map(),
    requests: vendor.requests,
    orders: {},
    instead: undefined,
    fails: undefined,
    onChanged: undefined,
    next: { account: 'account-1', scopes: ['orders.read', 'orders.write'] },
    mint(label = null, secret = `canary-key-${randomBytes(16).toString('hex')}`) {
      count += 1;
      const key = { id: `k${count}`, secret, label, ...kept.next };
      kept.keys.set(key.id, key);
      return key;
    },
    [Symbol.asyncDispose]: () => vendor[Symbol.asyncDispose](),
  };
  return kept;
}

import { execFile } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { claimSubscription, listSecretVersions, setSecretState } from '@onceover/store';
import { readTable } from '@onceover/store/testing';
import { describe, expect, test } from 'vitest';
import {
  codeOf,
  hook,
  openSubscriptionKit,
  publicUrl,
  type SubscriptionKit,
} from '../testing/subscription-kit.fixture.ts';
import { billing } from '../testing/open-test-broker.fixture.ts';
import { startVendor } from '../testing/vendor.fixture.ts';
import type { SubscriptionRunner } from '../testing/subscription-runner.fixture.ts';

const ids = ({ vendor }: SubscriptionKit) => vendor.webhooks.map(({ id }) => id);
const kinds = async ({ database }: SubscriptionKit) =>
  (await readTable(database, 'audit_entries'))
    .map(({ kind }) => String(kind))
    .filter((kind) => kind.startsWith('subscription-'));

/** Whether a delivery signed with this secret is believed. */
async function isVerified(
  broker: Awaited<ReturnType<SubscriptionKit['open']>>,
  secret: string,
  hookId = 'billing',
) {
  const now = Math.floor(Date.now() / 1000);
  const body = '[]';
  const signature = createHmac('sha256', secret).update(`${now}${body}`).digest('hex');
  const verdict = await broker.verify({
    hookId,
    method: 'POST',
    url: hook,
    headers: { 'x-signature': signature, 'x-timestamp': String(now) },
    rawBody: Buffer.from(body),
  });
  return verdict.verified;
}

describe.concurrent('exactly one', () => {
  test('one is made, its secret is the vault’s alone, and its deliveries are believed', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    expect(await kit.keep(broker)).toMatchObject({
      kind: 'automatic',
      hook: { kind: 'connection', id: 'billing', url: hook },
      listed: 1,
      isActive: true,
      made: 1,
      removed: 0,
      problem: null,
    });
    const [made] = kit.vendor.webhooks;
    expect(made).toMatchObject({ url: hook, topics: ['order.paid'] });
    expect(await isVerified(broker, made?.secret ?? '')).toBe(true);
    expect(await isVerified(broker, 'vendor-secret-9-0123')).toBe(false);
    expect(await kinds(kit)).toEqual(['subscription-intended', 'subscription-made']);
    expect(kit.seen().at(-1)).toContain('[withheld]');
    const everything = JSON.stringify([
      kit.seen(),
      kit.logged,
      await readTable(kit.database, 'subscriptions'),
      await readTable(kit.database, 'audit_entries'),
    ]);
    expect(everything).not.toContain(made?.secret);
  });

  test('100 restarts and 3 upgrades leave one', async () => {
    await using kit = await openSubscriptionKit();
    const first = await kit.open();
    await kit.configure(first);
    await kit.keep(first);
    const made = ids(kit);
    for (const version of ['1.0.0', '1.1.0', '1.2.0', '2.0.0']) {
      for (let restart = 0; restart < 25; restart += 1) {
        const broker = await kit.open({ version });
        await kit.configure(broker);
        expect(await kit.keep(broker)).toMatchObject({ listed: 1, made: 0, removed: 0, problem: null });
        await broker.close();
      }
    }
    expect(ids(kit)).toEqual(made);
    expect(kit.vendor.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  }, 60_000);

  test('three runners at once make one', async () => {
    await using kit = await openSubscriptionKit();
    const first = await kit.open();
    await kit.configure(first);
    const runners = [first, await kit.open(), await kit.open()];
    const states = await Promise.all(runners.map((broker) => kit.keep(broker)));
    expect(states.map(({ listed, problem }) => [listed, problem])).toEqual([
      [1, null],
      [1, null],
      [1, null],
    ]);
    expect(ids(kit)).toHaveLength(1);
    expect(kit.vendor.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('duplicates are removed; what others have there is left alone', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    const foreign = [
      kit.vendor.add({ url: 'https://other.example/v1/hooks/billing' }),
      kit.vendor.add({ url: `${hook}/`, topics: ['order.paid'] }),
      kit.vendor.add({ url: `${publicUrl}/v1/hooks/billing-2` }),
    ];
    await kit.keep(broker);
    const kept = kit.vendor.webhooks.find(({ url }) => url === hook);
    kit.vendor.add({ url: hook });
    kit.vendor.add({ url: hook, topics: ['order.paid', 'order.refunded'] });
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, made: 0, removed: 2 });
    expect(ids(kit)).toEqual([...foreign.map(({ id }) => id), kept?.id]);
  });

  test('one that is gone at the vendor is made again, and so is one with other topics after an upgrade', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    await kit.keep(broker);
    kit.vendor.webhooks.length = 0;
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, made: 1, removed: 0 });
    const topics = ['order.paid', 'order.refunded'];
    const next = await kit.open({ version: '1.1.0', subscribing: { topics } });
    await next.releases.release({
      connector: 'example',
      version: '1.1.0',
      reason: 'seen',
      by: 'test',
    });
    expect(await kit.keep(next)).toMatchObject({ listed: 1, made: 1, removed: 1, topics });
    expect(kit.vendor.webhooks).toMatchObject([{ url: hook, topics }]);
    // The last secret holds beside the new one: deliveries may be on their way.
    expect(await isVerified(next, 'vendor-secret-2-0123')).toBe(true);
    expect(await isVerified(next, 'vendor-secret-3-0123')).toBe(true);
  });

  test('another public URL: the old one is removed where it is known to be ours', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    await kit.keep(broker);
    const [old] = ids(kit);
    const other = kit.vendor.add({ url: hook });
    expect(await kit.keep(broker, 'http://127.0.0.1:4500')).toMatchObject({ listed: 1, made: 1, removed: 1 });
    expect(ids(kit)).not.toContain(old);
    expect(ids(kit)).toContain(other.id);
  });

  test('one that ends by itself is made anew in time', async () => {
    await using kit = await openSubscriptionKit({ renewBefore: { hours: 24 } });
    const broker = await kit.open();
    await kit.configure(broker);
    kit.vendor.ends = new Date(Date.now() + 72 * 3_600_000).toISOString();
    await kit.keep(broker);
    expect(await kit.keep(broker)).toMatchObject({ made: 0, removed: 0 });
    for (const one of kit.vendor.webhooks) one.ends = new Date(Date.now() + 20 * 3_600_000).toISOString();
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, made: 1, removed: 1 });
  });

  test('one that was switched off is told of and left so', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    await kit.keep(broker);
    for (const one of kit.vendor.webhooks) one.on = false;
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, isActive: false, made: 0 });
  });
});

describe.concurrent('a vendor with ways of its own', () => {
  test('a list that moves while it is read, and so names ours twice: it stays', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    kit.vendor.add({ url: 'https://other.example/hook' });
    await kit.keep(broker);
    kit.vendor.add({ url: 'https://other.example/hook-2' });
    const before = ids(kit);
    kit.vendor.repeatsWhileListing = true;
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, made: 0, removed: 0, problem: null });
    expect(ids(kit)).toEqual(before);
  });

  test.for<[how: string, publicUrl: string, writes: (url: string) => string]>([
    ['host in small letters', 'http://LOCALHOST:4400', (url) => url.replace('LOCALHOST', 'localhost')],
    ['without its default port', 'http://localhost:80', (url) => url.replace(':80', '')],
    ['with a slash at its end', 'http://localhost:4400', (url) => `${url}/`],
    ['percent-encoded', 'http://localhost:4400', (url) => url.replace('billing', '%62illing')],
  ])('writes our URL %s: it is known again, and one is left', async ([, address, writes]) => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    kit.vendor.writes = writes;
    expect(await kit.keep(broker, address)).toMatchObject({ listed: 1, made: 1, problem: null });
    expect(await kit.keep(broker, address)).toMatchObject({ listed: 1, made: 0, removed: 0 });
    const asked = { tenant: 'default', connection: 'billing', publicUrl: address };
    expect(await broker.subscriptions.look(asked)).toMatchObject({ listed: 1 });
    expect(ids(kit)).toHaveLength(1);
    expect(await broker.subscriptions.end({ tenant: 'default', connection: 'billing', by: 'maria' })).toEqual(
      { removed: 1, problem: null },
    );
    expect(ids(kit)).toEqual([]);
  });

  test.for([true, false])(
    'makes it and answers 500, keys kept: %s: one that we can believe is left, once it answers again',
    async (keepsKeys) => {
      await using kit = await openSubscriptionKit();
      kit.vendor.keepsKeys = keepsKeys;
      const broker = await kit.open();
      await kit.configure(broker);
      kit.vendor.breaksAfterCreation = true;
      expect(codeOf(await kit.keep(broker))).toBe('http_500');
      kit.vendor.breaksAfterCreation = false;
      // A vendor that keeps keys repeats its 500: then it is another creation.
      await kit.keep(broker);
      expect(await kit.keep(broker)).toMatchObject({ listed: 1, problem: null });
      expect(ids(kit)).toHaveLength(1);
      expect(await isVerified(broker, kit.vendor.webhooks[0]?.secret ?? '')).toBe(true);
    },
  );

  test('ends what it makes before it can be renewed: no creation each half minute', async () => {
    await using kit = await openSubscriptionKit({ renewBefore: { hours: 24 } });
    const broker = await kit.open();
    await kit.configure(broker);
    kit.vendor.ends = new Date(Date.now() + 3_600_000).toISOString();
    await kit.keep(broker);
    const [row] = await readTable(kit.database, 'subscriptions');
    const nextMs = new Date(String(row?.['next_check_at'])).getTime() - Date.now();
    expect(nextMs).toBeGreaterThan(15 * 60_000);
  });
});

describe.concurrent('one that was there before us', () => {
  test('with a secret that a config gives, it is taken over', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker, { connection: { webhookSecret: 'given-secret-0123456789' } });
    const { id } = kit.vendor.add({ url: hook });
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, made: 0, removed: 0 });
    expect(ids(kit)).toEqual([id]);
    expect(await kinds(kit)).toEqual(['subscription-adopted']);
  });

  test('without one its deliveries could not be believed: another one takes its place', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    const { id } = kit.vendor.add({ url: hook });
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, made: 1, removed: 1 });
    expect(ids(kit)).not.toContain(id);
  });

  test('where the vendor tells its secret again, it is taken over with it', async () => {
    await using kit = await openSubscriptionKit({ secret: 'on-request' });
    const broker = await kit.open();
    await kit.configure(broker);
    const { id, secret } = kit.vendor.add({ url: hook });
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, made: 0, removed: 0 });
    expect(ids(kit)).toEqual([id]);
    expect(await isVerified(broker, secret)).toBe(true);
    expect(kit.seen().at(-1)).not.toContain(secret);
  });

  test('a secret of ours holds beside one that a config gives, also after a restart', async () => {
    await using kit = await openSubscriptionKit();
    const config = { connection: { webhookSecret: 'given-secret-0123456789' } };
    const broker = await kit.open();
    await kit.configure(broker, config);
    await kit.keep(broker);
    const again = await kit.open();
    await kit.configure(again, config);
    expect(await isVerified(again, kit.vendor.webhooks[0]?.secret ?? '')).toBe(true);
    expect(await isVerified(again, 'given-secret-0123456789')).toBe(true);
  });
});

describe.concurrent('a signing secret', () => {
  test('of ours holds beside one that a config gives later', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    await kit.keep(broker);
    for (const webhookSecret of ['given-secret-0123456789', 'another-secret-0123456789']) {
      await kit.configure(broker, { connection: { webhookSecret } });
      expect(await isVerified(broker, kit.vendor.webhooks[0]?.secret ?? '')).toBe(true);
      expect(await isVerified(broker, webhookSecret)).toBe(true);
    }
  });

  test.for(['in-answer', 'on-request'] as const)(
    'that nobody has any more, told %s: deliveries are believed again',
    async (secret) => {
      await using kit = await openSubscriptionKit({ secret });
      const broker = await kit.open();
      await kit.configure(broker);
      await kit.keep(broker);
      const owner = 'billing';
      const [made] = await listSecretVersions(kit.store, { owner, field: 'webhookSecret' });
      const version = made?.version ?? 0;
      await setSecretState(kit.store, { owner, field: 'webhookSecret', version, state: 'retired' });
      broker.vault.forgetRead();
      expect(await isVerified(broker, kit.vendor.webhooks[0]?.secret ?? '')).toBe(false);
      expect(await kit.keep(broker)).toMatchObject({ listed: 1, problem: null });
      expect(ids(kit)).toHaveLength(1);
      expect(await isVerified(broker, kit.vendor.webhooks[0]?.secret ?? '')).toBe(true);
    },
  );
});

describe.concurrent('a runner that is killed', () => {
  const run = promisify(execFile);
  const child = async (kit: SubscriptionKit, changed: Partial<SubscriptionRunner>) => {
    const settings: SubscriptionRunner = {
      databaseUrl: kit.database.url,
      key: kit.key,
      folder: kit.folder,
      publicUrl,
      leaseMs: 2000,
      killBefore: undefined,
      ...changed,
    };
    const fixture = join(import.meta.dirname, '../testing/subscription-runner.fixture.ts');
    const args = ['--conditions=@onceover/source', '--no-warnings', fixture, JSON.stringify(settings)];
    return run(process.execPath, args, { env: {} }).then(
      () => 'ended',
      (error: { signal?: string }) => error.signal ?? 'failed',
    );
  };

  test.for([
    ['after the vendor made it, where the vendor keeps keys', 'save-subscription', true],
    ['after the vendor made it, where it keeps none', 'save-subscription', false],
  ] as const)('%s: the next runner ends with one', async ([, killBefore, keepsKeys]) => {
    await using kit = await openSubscriptionKit();
    kit.vendor.keepsKeys = keepsKeys;
    const broker = await kit.open({ subscriptionLeaseMs: 2500 });
    await kit.configure(broker);
    expect(await child(kit, { killBefore })).toBe('SIGKILL');
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, problem: null });
    expect(ids(kit)).toHaveLength(1);
    expect(await isVerified(broker, kit.vendor.webhooks[0]?.secret ?? '')).toBe(true);
    expect(await kit.keep(broker)).toMatchObject({ made: 0, removed: 0 });
  });

  test('a runner whose lease is over stores nothing, and the next look removes what it made', async () => {
    await using kit = await openSubscriptionKit();
    const slow = await kit.open({ subscriptionLeaseMs: 1200 });
    await kit.configure(slow);
    const other = await kit.open({ subscriptionLeaseMs: 5000 });
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    kit.vendor.onCreated = () => {
      kit.vendor.onCreated = () => {};
      asked.resolve();
      return answered.promise;
    };
    const late = kit.keep(slow);
    await asked.promise;
    const now = await kit.keep(other);
    answered.resolve();
    expect(now).toMatchObject({ listed: 1, problem: null });
    expect(codeOf(await late)).not.toBeNull();
    expect(await kit.keep(other)).toMatchObject({ listed: 1 });
    expect(ids(kit)).toHaveLength(1);
    expect(await isVerified(other, kit.vendor.webhooks[0]?.secret ?? '')).toBe(true);
  });
});

describe.concurrent('a registration’s', () => {
  test.for(['client_secret', 'client_credentials'] as const)(
    'is made once with its own credential (%s), whichever connection asks',
    async (credential) => {
      await using kit = await openSubscriptionKit({ per: 'registration', credential }, {});
      const broker = await kit.open();
      await kit.configure(broker);
      const state = await kit.keep(broker);
      expect(state).toMatchObject({
        hook: { kind: 'registration', id: 'app', url: `${publicUrl}/v1/hooks/app` },
        listed: 1,
        made: 1,
      });
      expect(await kit.keep(broker)).toMatchObject({ listed: 1, made: 0 });
      const used = kit.vendor.requests
        .filter(({ url }) => url.startsWith('/webhooks'))
        .map(({ headers }) => headers.authorization);
      const token = credential === 'client_secret' ? 'client-secret-0123456789' : 'app-token-0123456789';
      expect(new Set(used)).toEqual(new Set([`Bearer ${token}`]));
      expect(await isVerified(broker, kit.vendor.webhooks[0]?.secret ?? '', 'app')).toBe(true);
    },
  );

  test('stays when a connection ends', async () => {
    await using kit = await openSubscriptionKit({ per: 'registration' }, {});
    const broker = await kit.open();
    await kit.configure(broker);
    await kit.keep(broker);
    expect(await broker.subscriptions.end({ tenant: 'default', connection: 'billing', by: 'maria' })).toEqual(
      {
        removed: 0,
        problem: null,
      },
    );
    expect(ids(kit)).toHaveLength(1);
  });
});

describe.concurrent('the end', () => {
  test('what is the connection’s own is removed, duplicates with it, and no more', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    const { id } = kit.vendor.add({ url: 'https://other.example/hook' });
    await kit.keep(broker);
    kit.vendor.add({ url: hook });
    const asked = { tenant: 'default', connection: 'billing', by: 'maria' };
    expect(await broker.subscriptions.end(asked)).toEqual({ removed: 2, problem: null });
    expect(ids(kit)).toEqual([id]);
    const { length } = kit.vendor.requests;
    expect(await broker.subscriptions.end(asked)).toEqual({ removed: 0, problem: null });
    expect(kit.vendor.requests).toHaveLength(length);
    expect((await kinds(kit)).at(-1)).toBe('subscription-ended');
  });
});

describe.concurrent('while another runner is at it', () => {
  test('nobody says that it is done: what was asked for is told to be open', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open({ subscriptionLeaseMs: 300 });
    await kit.configure(broker);
    await kit.keep(broker);
    const claim = { owner: 'billing', tenant: 'default', leaseOwner: randomUUID(), leaseMs: 60_000 };
    expect(await claimSubscription(kit.store, claim)).toBeDefined();
    const asked = { tenant: 'default', connection: 'billing', by: 'maria' };
    const ended = await broker.subscriptions.end(asked);
    expect(ended).toMatchObject({ removed: 0, problem: { code: 'subscription_busy' } });
    expect(codeOf(await kit.keep(broker))).toBe('subscription_busy');
    expect(ids(kit)).toHaveLength(1);
  });
});

describe.concurrent('in the background', () => {
  const keepAll = (broker: Awaited<ReturnType<SubscriptionKit['open']>>, withDevelopment = true) =>
    broker.subscriptions.keepAll({ publicUrl, signal: AbortSignal.timeout(20_000), withDevelopment });

  test('what is due is kept; another version is looked at once; a sandbox is left alone unless asked for', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    expect(await keepAll(broker, false)).toEqual({ looked: 0, failed: 0 });
    expect(kit.vendor.requests).toEqual([]);
    expect(await keepAll(broker)).toEqual({ looked: 1, failed: 0 });
    expect(ids(kit)).toHaveLength(1);
    const { length } = kit.vendor.requests;
    expect(await keepAll(broker)).toEqual({ looked: 0, failed: 0 });
    expect(kit.vendor.requests).toHaveLength(length);
    expect(await keepAll(await kit.open({ version: '1.1.0' }))).toEqual({ looked: 1, failed: 0 });
    expect(ids(kit)).toHaveLength(1);
  });

  test('while runners are replaced one by one, an older one does not undo what a newer one did', async () => {
    await using kit = await openSubscriptionKit();
    const older = await kit.open();
    await kit.configure(older);
    await keepAll(older);
    const topics = ['order.paid', 'order.refunded'];
    const newer = await kit.open({ version: '1.10.0', subscribing: { topics } });
    await newer.releases.release({ connector: 'example', version: '1.10.0', reason: 'seen', by: 'test' });
    expect(await keepAll(newer)).toEqual({ looked: 1, failed: 0 });
    expect(await keepAll(older)).toEqual({ looked: 0, failed: 0 });
    expect(kit.vendor.webhooks).toMatchObject([{ url: hook, topics }]);
  });

  test('of a connection that the config names no more, it is removed', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    await kit.keep(broker);
    await kit.configure(broker, { connection: null });
    expect(await keepAll(broker)).toEqual({ looked: 1, failed: 0 });
    expect(ids(kit)).toEqual([]);
    expect(await keepAll(broker)).toEqual({ looked: 0, failed: 0 });
  });

  test('a registration’s is removed with the registration, not with its connections', async () => {
    await using kit = await openSubscriptionKit({ per: 'registration' }, {});
    const broker = await kit.open();
    await kit.configure(broker);
    await kit.keep(broker);
    await kit.configure(broker, { connection: null });
    await keepAll(broker);
    expect(ids(kit)).toHaveLength(1);
    await broker.connections.applyConfig({ registrations: [], connections: [] });
    expect(await keepAll(broker)).toEqual({ looked: 1, failed: 0 });
    expect(ids(kit)).toEqual([]);
  });

  test('a vendor that does not answer keeps nobody else waiting', async ({ expect }) => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open({ subscriptionLeaseMs: 5000 });
    await using hanging = await startVendor(() => {});
    const silent = { ...billing(hanging), id: 'a-silent-one' };
    await broker.connections.applyConfig({ registrations: [], connections: [silent, billing(kit.vendor)] });
    const stopping = new AbortController();
    const all = broker.subscriptions.keepAll({ publicUrl, signal: stopping.signal, withDevelopment: true });
    await expect.poll(() => ids(kit), { timeout: 3000 }).toHaveLength(1);
    stopping.abort();
    expect(await all).toEqual({ looked: 1, failed: 1 });
  });

  test('a connection that ends while its subscription is made has none in the end', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    const other = await kit.open();
    await kit.configure(broker);
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    kit.vendor.onCreated = () => {
      asked.resolve();
      return answered.promise;
    };
    const keeping = kit.keep(broker);
    await asked.promise;
    const ending = other.subscriptions.end({ tenant: 'default', connection: 'billing', by: 'maria' });
    answered.resolve();
    expect(await keeping).toMatchObject({ made: 1, problem: null });
    expect(await ending).toEqual({ removed: 1, problem: null });
    expect(ids(kit)).toEqual([]);
  });

  test('what fails is logged and waits for its time', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    kit.vendor.failure = 503;
    expect(await keepAll(broker)).toEqual({ looked: 0, failed: 1 });
    expect(kit.logged.join()).toContain('http_503');
    const { length } = kit.vendor.requests;
    expect(await keepAll(broker)).toEqual({ looked: 0, failed: 0 });
    expect(kit.vendor.requests).toHaveLength(length);
  });
});

describe.concurrent('trouble', () => {
  test('a vendor that refuses the creation: one that a person makes then is taken over', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker, { connection: { webhookSecret: 'given-secret-0123456789' } });
    kit.vendor.refusesCreation = true;
    expect(codeOf(await kit.keep(broker))).toBe('http_403');
    const { id } = kit.vendor.add({ url: hook });
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, made: 0, removed: 0, problem: null });
    expect(ids(kit)).toEqual([id]);
  });

  test.for([
    [403, 'http_403'],
    [503, 'http_503'],
  ] as const)('the vendor answers %s: said, and tried again', async ([status, code]) => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    kit.vendor.failure = status;
    const state = await kit.keep(broker);
    expect(codeOf(state)).toBe(code);
    expect(state).toMatchObject({ listed: null, steps: [`Add a webhook for ${hook}.`] });
    kit.vendor.failure = undefined;
    expect(await kit.keep(broker)).toMatchObject({ listed: 1, problem: null });
  });

  test('a vendor cannot reach a public URL of this machine', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker, { connection: { origin: undefined } });
    expect(codeOf(await kit.keep(broker))).toBe('public_url_unreachable');
    expect(kit.vendor.requests).toEqual([]);
  });

  test('another tenant’s connection is unknown; flows may not use what keeps subscriptions', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    const asked = { tenant: 'rival', connection: 'billing', publicUrl, by: 'eve' };
    await expect(broker.subscriptions.keep(asked)).rejects.toMatchObject({ code: 'connection_unknown' });
    const { reply } = await broker.call({
      tenant: 'default',
      connection: 'billing',
      operation: 'subscriptions.remove',
      mode: 'execute',
      records: [{ record: { vendorId: 'wh_1' }, naturalKey: 'wh_1', effectKey: 'e' }],
      signal: AbortSignal.timeout(5000),
    });
    expect(reply).toMatchObject({ kind: 'error', error: { code: 'operation_reserved' } });
  });

  test('a look changes nothing', async () => {
    await using kit = await openSubscriptionKit();
    const broker = await kit.open();
    await kit.configure(broker);
    const asked = { tenant: 'default', connection: 'billing', publicUrl };
    expect(await broker.subscriptions.look(asked)).toMatchObject({ listed: 0, made: 0 });
    kit.vendor.add({ url: hook });
    kit.vendor.add({ url: hook });
    expect(await broker.subscriptions.look(asked)).toMatchObject({ listed: 2 });
    expect(kit.vendor.requests.every(({ method }) => method === 'GET')).toBe(true);
  });
});

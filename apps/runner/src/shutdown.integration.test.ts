import { connect } from 'node:net';
import { join } from 'node:path';
import { createTestDatabase } from '@onceover/store/testing';
import { expect, test } from 'vitest';
import { loadGolden } from './demo/golden.ts';
import { sandboxClient } from './demo/sandbox-client.ts';
import { packageFolder } from './package-folder.ts';
import { signedWebhook } from './testing/signed-webhook.ts';
import { startExample, startTestRunner } from './testing/start-test-runner.ts';
import { writeFiles } from './testing/write-files.ts';

/** What a call takes, in milliseconds. */
async function took(call: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await call();
  return performance.now() - startedAt;
}

test('shutdown: under load it takes less than 5 s and loses nothing; the next runner goes on', async () => {
  await using example = await startExample();
  await using database = await createTestDatabase();
  await using data = await writeFiles({});
  const options = { config: example.config, database, dataDir: data.path };
  const first = await startTestRunner(options);
  const golden = await loadGolden(
    join(packageFolder(), 'golden', 'webhooks.generated.json'),
    { unique: 140, duplicates: 0, forged: 0 },
    new Date(),
  );
  const clients = new Map([...example.sandboxes].map(([id, { url }]) => [id, sandboxClient(id, url)]));
  for (const { connection, records } of golden.seeds) await clients.get(connection)?.seed(records);

  let url = first.url;
  let acknowledged = 0;
  let refused = 0;
  let next: ReturnType<typeof startTestRunner> | undefined;
  let stopMs = 0;
  const stopFirst = async () => {
    stopMs = await took(() => first.stop());
    const second = await startTestRunner(options);
    url = second.url;
    return second;
  };
  const queue = golden.webhooks.values();
  const sendAll = async () => {
    for (const { connection, event } of queue) {
      for (;;) {
        const to = `${url}/v1/hooks/${connection}`;
        // A sandbox that reaches nobody answers no status.
        const status = await clients
          .get(connection)
          ?.send({ to, event, forged: false })
          .catch(() => 0);
        if (status === 200) break;
        refused += 1;
        await next;
      }
      acknowledged += 1;
      if (acknowledged === 40) next = stopFirst();
    }
  };
  await Promise.all(Array.from({ length: 8 }, sendAll));
  await using second = await (next ?? Promise.reject(new Error('the first runner was never stopped')));
  await second.runner.runtime.idle({ signal: AbortSignal.timeout(60_000) });

  expect(stopMs).toBeLessThan(5000);
  expect(refused).toBeGreaterThan(0);
  const expected = golden.webhooks.flatMap(({ effects }) =>
    effects.map((one) => `${one.connection} ${one.resource} ${one.naturalKey} 1`),
  );
  const written: string[] = [];
  for (const [connection, client] of clients) {
    const { effects } = await client.ledger();
    written.push(...effects.map((one) => `${connection} ${one.resource} ${one.naturalKey} ${one.count}`));
  }
  expect(written.toSorted()).toEqual(expected.toSorted());
}, 90_000);

test('shutdown: a sender that stalls and one that keeps its connection do not hold it up', async () => {
  const runner = await startTestRunner();
  const { hostname, port } = new URL(runner.url);
  const stalled = connect(Number(port), hostname);
  stalled.on('error', () => {});
  stalled.write('POST /v1/hooks/billing HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"half":');
  const answer = await fetch(`${runner.url}/healthz`);
  await answer.text();
  expect(await took(() => runner.stop())).toBeLessThan(5000);
  await expect(fetch(`${runner.url}/healthz`)).rejects.toThrow(/fetch failed/);
  stalled.destroy();
});

test('shutdown: asking twice is asking once', async () => {
  const runner = await startTestRunner();
  await Promise.all([runner.runner.stop(), runner.runner.stop()]);
  await runner.stop();
  await expect(fetch(`${runner.url}/healthz`)).rejects.toThrow(/fetch failed/);
});

test('public URL: signatures over a URL are made of ONCEOVER_PUBLIC_URL, and never of Host', async () => {
  await using example = await startExample();
  await using runner = await startTestRunner({
    config: { ...example.config, automations: [] },
    variables: { ONCEOVER_PUBLIC_URL: 'https://hooks.example.com/onceover/' },
  });
  const crm = example.sandboxes.get('crm')?.url ?? '';
  const to = `${runner.url}/v1/hooks/crm`;
  const event = {
    portalId: 1,
    subscriptionId: 2,
    eventId: 3,
    objectId: 4,
    occurredAt: Date.now(),
    sourceId: 'x',
  };
  const send = async (signedUrl: string) => {
    const response = await fetch(`${crm}/_sandbox/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        to,
        signedUrl,
        event: { ...event, subscriptionType: 'contact.deletion', eventId: Math.round(performance.now()) },
      }),
    });
    return ((await response.json()) as { status: number }).status;
  };
  expect(await send('https://hooks.example.com/onceover/v1/hooks/crm')).toBe(200);
  expect(await send(to)).toBe(401);
  expect(await send('https://hooks.example.com/v1/hooks/crm')).toBe(401);
  // Schemes without the URL do not care.
  const { webhookSecret = '' } = example.sandboxes.get('billing') ?? {};
  const body =
    '{"id":"evt_1","object":"event","type":"x","created":1,"data":{"object":{"id":"y","object":"z"}}}';
  const billing = await fetch(
    `${runner.url}/v1/hooks/billing`,
    signedWebhook(body, { secret: webhookSecret }),
  );
  expect(billing.status).toBe(200);
});

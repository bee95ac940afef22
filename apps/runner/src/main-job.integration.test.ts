import { join } from 'node:path';
import { readTable } from '@onceover/store/testing';
import { expect, test } from 'vitest';
import { loadGolden } from './demo/golden.ts';
import { replay } from './demo/replay.ts';
import { type SandboxClient, sandboxClient } from './demo/sandbox-client.ts';
import { packageFolder } from './package-folder.ts';
import { startExample, startTestRunner } from './testing/start-test-runner.ts';

const goldenFile = join(packageFolder(), 'golden', 'webhooks.generated.json');

test('main job: 200 webhooks, 50 repeated and 10 forged, make exactly the expected events and effects', async () => {
  await using example = await startExample();
  await using runner = await startTestRunner({ config: example.config });
  const golden = await loadGolden(goldenFile, { unique: 140, duplicates: 50, forged: 10 }, new Date());
  const clients = new Map<string, SandboxClient>();
  for (const [id, { url }] of example.sandboxes) clients.set(id, sandboxClient(id, url));
  for (const { connection, records } of golden.seeds) await clients.get(connection)?.seed(records);

  const result = await replay({
    webhooks: golden.webhooks,
    sandboxes: clients,
    url: runner.url,
    concurrency: 8,
    onProgress: () => {},
    signal: AbortSignal.timeout(60_000),
  });
  expect(result).toEqual({ sent: 200, accepted: 190, refused: 10, other: 0 });
  await runner.runner.runtime.idle({ signal: AbortSignal.timeout(60_000) });

  const genuine = [
    ...new Map(golden.webhooks.filter(({ forged }) => !forged).map((one) => [one.event, one])).values(),
  ];
  expect(genuine).toHaveLength(140);
  const expected = genuine
    .flatMap(({ effects }) => effects.map((one) => `${one.connection} ${one.resource} ${one.naturalKey}`))
    .toSorted();
  const written: string[] = [];
  const repeated: string[] = [];
  for (const [connection, client] of clients) {
    for (const { resource, naturalKey, count } of (await client.ledger()).effects) {
      written.push(`${connection} ${resource} ${naturalKey}`);
      if (count !== 1) repeated.push(`${connection} ${resource} ${naturalKey} ${count}`);
    }
  }
  expect(written.toSorted()).toEqual(expected);
  expect(repeated).toEqual([]);

  const events = await readTable(runner.database, 'events');
  expect(events).toHaveLength(genuine.reduce((sum, one) => sum + one.events, 0));
  const runs = await readTable(runner.database, 'runs');
  expect(runs.filter(({ status }) => status !== 'succeeded')).toEqual([]);
  expect(await readTable(runner.database, 'quarantine')).toEqual([]);

  const counted = await runner.runner.runtime.counters();
  const of = (name: string) =>
    counted.filter((counter) => counter.name === name).reduce((sum, { value }) => sum + value, 0);
  expect(of('received')).toBe(140);
  expect(of('deduplicated')).toBe(50);
  expect(of('rejected')).toBe(10);
  expect(of('effects')).toBe(expected.length);
  const metrics = await (await fetch(`${runner.url}/metrics`)).text();
  expect(metrics).toContain('onceover_total{name="rejected",label="mismatch",environment="test"} 10');
});

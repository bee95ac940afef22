import { createHmac } from 'node:crypto';
import { ageRows } from '@onceover/store/testing';
import { expect, test } from 'vitest';
import type { Broker } from '../create-broker.ts';
import { openOAuthKit } from '../testing/oauth-kit.fixture.ts';

const registration = { kind: 'registration', tenant: 'default', id: 'app' } as const;

function deliver(broker: Broker, secret: string) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const rawBody = Buffer.from('{"id":"1"}');
  return broker.verify({
    hookId: 'app',
    method: 'POST',
    url: 'https://onceover.example/v1/hooks/app',
    headers: {
      'x-timestamp': timestamp,
      'x-signature': createHmac('sha256', secret).update(timestamp).update(rawBody).digest('hex'),
    },
    rawBody,
  });
}

test('a webhook secret: both are accepted on the way, and the first delivery of the new one puts it into use', async () => {
  const [old, next] = ['canary-webhook-secret-old', 'canary-webhook-secret-new'];
  await using kit = await openOAuthKit({}, { registration: { webhookSecret: old } });
  const { rotations } = kit.broker;
  const asked = { holder: registration, secret: 'webhookSecret', by: 'olga' };
  expect(await rotations.rotate({ ...asked, value: next })).toMatchObject({
    step: 'test',
    waitingFor: 'delivery',
  });
  await rotations.runDue();
  expect(await deliver(kit.broker, old)).toMatchObject({ verified: true });
  expect(
    await kit.broker.vault.versions({ ...registration, connector: 'example' }, 'webhookSecret'),
  ).toMatchObject([{ state: 'pending' }, { state: 'current' }]);

  expect(await deliver(kit.broker, next)).toMatchObject({ verified: true });
  await expect
    .poll(
      async () => {
        await rotations.runDue();
        const holders = await rotations.list('default');
        return holders[0]?.secrets.find(({ secret }) => secret === 'webhookSecret')?.state;
      },
      { timeout: 15_000 },
    )
    .toBe('overlap');
  expect(await deliver(kit.broker, old)).toMatchObject({ verified: true });

  await ageRows(kit.database, { table: 'secret_rotations', column: 'revoke_at', seconds: 86_401 });
  await rotations.runDue();
  expect(await deliver(kit.broker, old)).toMatchObject({ verified: false, reason: 'mismatch' });
  expect(await deliver(kit.broker, next)).toMatchObject({ verified: true });
});

test('after a compromise no delivery is waited for, and the old secret is refused at once', async () => {
  const [old, next] = ['canary-webhook-secret-old', 'canary-webhook-secret-new'];
  await using kit = await openOAuthKit({}, { registration: { webhookSecret: old } });
  const asked = { holder: registration, secret: 'webhookSecret', by: 'olga', isCompromised: true };
  expect(await kit.broker.rotations.rotate({ ...asked, value: next })).toMatchObject({
    outcome: 'rotated',
    proven: null,
  });
  expect(await deliver(kit.broker, old)).toMatchObject({ verified: false });
  expect(await deliver(kit.broker, next)).toMatchObject({ verified: true });
});

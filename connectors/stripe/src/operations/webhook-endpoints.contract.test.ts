import { manifestOf } from '@onceover/contract';
import { expect, test } from 'vitest';
import { stripe } from '../stripe-connector.ts';
import { callsOf, createStripeWorld, formOf } from '../testing/stripe-world.ts';

const url = 'https://onceover.example/v1/hooks/billing';
const topics = ['invoice.paid', 'invoice.payment_failed'];
const urlOf = (index: number) => `https://other.example/hooks/${index}`;

type World = Awaited<ReturnType<typeof createStripeWorld>>;
const make = ({ broker }: World, at: string) =>
  broker.run('subscriptions.create', { records: [{ url: at, topics }] });

test('subscriptions.create: an endpoint keeps the version of events that this connector reads', async () => {
  const world = await createStripeWorld();
  const result = await make(world, url);
  expect(callsOf(result)).toEqual(['POST /v1/webhook_endpoints']);
  expect(formOf(result.calls[0]?.request.body)).toEqual([
    ['url', url],
    ['enabled_events[0]', 'invoice.paid'],
    ['enabled_events[1]', 'invoice.payment_failed'],
    ['api_version', manifestOf(stripe).headers['Stripe-Version']],
    ['description', 'Made and kept by Onceover'],
  ]);
  expect(world.problems).toEqual([]);
});

test('subscriptions.list: every page is read, a hundred at a time; one that is switched off is told', async () => {
  const world = await createStripeWorld();
  for (let index = 0; index < 103; index += 1) await make(world, urlOf(index));
  const [first] = world.sandbox.state.endpoints;
  if (first !== undefined) first.isEnabled = false;
  const { reply, calls } = await world.broker.run('subscriptions.list', { input: {} });
  expect(calls.map(({ request }) => formOf(request.query))).toEqual([
    [['limit', '100']],
    [
      ['limit', '100'],
      ['starting_after', world.sandbox.state.endpoints[3]?.id],
    ],
  ]);
  // The newest first, as Stripe lists them.
  const listed = world.sandbox.state.endpoints.toReversed().map(({ id }, index) => ({
    vendorId: id,
    url: urlOf(102 - index),
    topics,
    isActive: index < 102,
  }));
  expect(reply).toMatchObject({ output: { subscriptions: listed } });
});

test('subscriptions.create: a creation whose answer was lost is found by its URL', async () => {
  const world = await createStripeWorld();
  await make(world, urlOf(1));
  const looked = () => world.broker.lookup('subscriptions.create', [{ url, topics }]);
  expect((await looked()).reply).toEqual({ kind: 'looked-up', vendorIds: [null] });
  await make(world, url);
  await make(world, urlOf(2));
  const made = world.sandbox.state.endpoints.find((one) => one.url === url);
  expect((await looked()).reply).toEqual({ kind: 'looked-up', vendorIds: [made?.id] });
});

test('subscriptions.remove: that one alone; an id that is none addresses nothing else', async () => {
  const world = await createStripeWorld();
  await make(world, url);
  await make(world, urlOf(1));
  const [one, other] = world.sandbox.state.endpoints.map(({ id }) => id);
  const remove = async (vendorId = '') =>
    (await world.broker.run('subscriptions.remove', { records: [{ vendorId }] })).reply;
  expect(await remove(`${one}?expand=x`)).toMatchObject({ outcomes: [{ outcome: 'unchanged' }] });
  expect(await remove(one)).toMatchObject({ outcomes: [{ outcome: 'updated', vendorId: one }] });
  expect(await remove(one)).toMatchObject({ outcomes: [{ outcome: 'unchanged', vendorId: one }] });
  expect(world.sandbox.state.endpoints.map(({ id }) => id)).toEqual([other]);
});

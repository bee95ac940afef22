import {
  findWebhook,
  type ListedSubscription,
  readPointer,
  type SubscriptionManifest,
} from '@onceover/contract';
import type { TestResult } from '../test-broker.ts';
import type { TestCall } from '../test-call.ts';
import { createWorld, type World } from '../world.ts';
import { appliedIds, outputOf } from './expectations.ts';
import type { Subject } from './line.ts';

type Kept = Extract<SubscriptionManifest, { list: string }>;

/** Where this suite has vendors deliver to. */
export const storyUrl = 'https://onceover.example/v1/hooks/story';

/** A webhook subscription's life, by the operations that the manifest names. */
export interface SubscriptionStory<State> {
  world: World<State>;
  subscription: Kept;
  /** All with the URL, as the vendor lists them. */
  list(url?: string): Promise<readonly ListedSubscription[]>;
  create(url?: string, run?: { mode?: 'plan' }): Promise<TestResult>;
  remove(vendorId: string): Promise<TestResult>;
  /** Calls that an operation has made. */
  callsOf(name: string): TestCall[];
}

/** The subscription that a connector keeps; undefined when a person does. */
export function keptSubscription<State>({ connector }: Subject<State>): Kept | undefined {
  const subscription = findWebhook(connector.manifest)?.subscription;
  return subscription !== undefined && 'list' in subscription ? subscription : undefined;
}

export async function openStory<State>(subject: Subject<State>): Promise<SubscriptionStory<State>> {
  const subscription = keptSubscription(subject);
  if (subscription === undefined) throw new Error('This connector keeps no subscription');
  const world = await createWorld(subject.connector, subject.options);
  const calls = new Map<string, TestCall[]>();
  const note = <Result extends { calls: readonly TestCall[] }>(name: string, result: Result): Result => {
    calls.set(name, [...(calls.get(name) ?? []), ...result.calls]);
    return result;
  };
  const { list, create, remove, topics } = subscription;
  return {
    world,
    subscription,
    async list(url = storyUrl) {
      const output = outputOf(note(list, await world.broker.run(list, { input: {} })));
      const all = readPointer(output, '/subscriptions');
      // The operation's own schema has been through it.
      return ((all ?? []) as unknown as ListedSubscription[]).filter((one) => one.url === url);
    },
    create: async (url = storyUrl, run = {}) =>
      note(
        create,
        await world.broker.run(create, { ...run, records: [{ url, topics: [...topics] }], event: url }),
      ),
    remove: async (vendorId) => note(remove, await world.broker.run(remove, { records: [{ vendorId }] })),
    callsOf: (name) => calls.get(name) ?? [],
  };
}

/** All that the operations do: made, looked up, its secret told, removed, removed again. */
export async function subscriptionStory<State>(subject: Subject<State>): Promise<SubscriptionStory<State>> {
  const story = await openStory(subject);
  const { broker } = story.world;
  const { create, remove, tellSecret, topics } = story.subscription;
  await story.list();
  const [vendorId = ''] = appliedIds(await story.create());
  const looked = await broker.lookup(create, [{ url: storyUrl, topics: [...topics] }], storyUrl);
  story.callsOf(create).push(...looked.calls);
  if (tellSecret !== undefined) {
    const told = await broker.run(tellSecret, { input: { vendorId } });
    const calls = [...told.calls];
    const { callsOf } = story;
    story.callsOf = (name) => (name === tellSecret ? calls : callsOf(name));
  }
  await story.remove(vendorId);
  await story.remove(vendorId);
  const ended = await broker.lookup(remove, [{ vendorId }]).catch(() => undefined);
  story.callsOf(remove).push(...(ended?.calls ?? []));
  return story;
}

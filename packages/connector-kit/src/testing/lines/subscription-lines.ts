import { changeAtPointer, parseJson } from '@onceover/contract';
import { expect } from 'vitest';
import { createWorld, ledgerOf } from '../world.ts';
import { appliedIds, expectContract, outcomesOf, writeOf } from './expectations.ts';
import type { Line, Subject } from './line.ts';
import { keptSubscription, openStory, storyUrl } from './subscription-story.ts';

/** More than vendors show on a page. */
const many = 101;

/** What a connector must do that keeps its webhook subscribed. */
export function subscriptionLines<State>(subject: Subject<State>): Line[] {
  const subscription = keptSubscription(subject);
  if (subscription === undefined) return [];
  const { connector, options } = subject;
  const about = 'subscription';
  const topics = [...subscription.topics];
  return [
    {
      about,
      name: 'one is made, listed with its URL and topics, and removed; a second removal finds nothing',
      async run() {
        const story = await openStory(subject);
        const { world } = story;
        expect(await story.list()).toEqual([]);
        const [vendorId = ''] = appliedIds(await story.create(), ['created']);
        const [listed, ...more] = await story.list();
        expect(more).toEqual([]);
        expect(listed).toMatchObject({ vendorId, url: storyUrl, isActive: true });
        expect(listed?.topics.toSorted()).toEqual(topics.toSorted());
        expect(ledgerOf(world.sandbox, 'subscriptions')).toEqual([
          expect.objectContaining({ naturalKey: storyUrl, vendorId, action: 'created', count: 1 }),
        ]);
        expect(appliedIds(await story.remove(vendorId), ['updated'])).toEqual([vendorId]);
        expect(await story.list()).toEqual([]);
        expect(appliedIds(await story.remove(vendorId), ['unchanged'])).toEqual([vendorId]);
        expectContract(world);
      },
    },
    {
      about,
      name: 'every page is listed, ours and others',
      async run() {
        const story = await openStory(subject);
        for (let index = 0; index < many; index += 1) {
          appliedIds(await story.create(`https://other.example/${index}`), ['created']);
        }
        await story.create();
        expect(await story.list('https://other.example/0')).toHaveLength(1);
        expect(await story.list(`https://other.example/${many - 1}`)).toHaveLength(1);
        expect(await story.list()).toHaveLength(1);
        expectContract(story.world);
      },
    },
    {
      about,
      name: 'the signing secret stands where the manifest withholds it from the code',
      async run() {
        const story = await openStory(subject);
        const made = await story.create();
        const [vendorId = ''] = appliedIds(made);
        const told =
          subscription.tellSecret === undefined
            ? undefined
            : await story.world.broker.run(subscription.tellSecret, { input: { vendorId } });
        const seen = [...made.calls, ...(told?.calls ?? [])].flatMap(({ answer }) => answer?.body ?? []);
        const secrets = seen.flatMap((body) => secretsIn(connector.manifest.operations, body));
        const { webhookSecret } = story.world.sandbox;
        const isShown = seen.some((body) => body.includes(webhookSecret));
        expect(secrets.includes(webhookSecret), 'a secret that is shown is withheld').toBe(isShown);
      },
    },
    {
      about,
      name: 'plan mode makes none',
      async run() {
        const story = await openStory(subject);
        const planned = await story.create(storyUrl, { mode: 'plan' });
        expect(writeOf(planned).call).toMatchObject({ method: expect.any(String) });
        expect(story.world.sandbox.ledger.history()).toEqual([]);
      },
    },
    {
      about,
      name: 'an answer that is no answer of the vendor’s leaves it unknown whether one was made',
      async run() {
        for (const body of ['', '<html>gateway</html>', '{}', '[]', 'null']) {
          const world = await createWorld(connector, options);
          world.tamper((answer) =>
            world.sandbox.ledger.history().length === 0 ? answer : { ...answer, body },
          );
          const { create } = subscription;
          const result = await world.broker.run(create, { records: [{ url: storyUrl, topics }] });
          expect(outcomesOf(result).map(({ outcome }) => outcome)).toEqual(['outcome_unknown']);
        }
      },
    },
  ];
}

function secretsIn(
  operations: readonly { withholds?: readonly { pointer: string }[] | undefined }[],
  body: string,
): string[] {
  const json = parseJson(body === '' ? 'null' : body);
  const found: string[] = [];
  for (const { pointer } of operations.flatMap(({ withholds = [] }) => withholds)) {
    changeAtPointer(json, pointer, (value) => {
      if (typeof value === 'string') found.push(value);
      return undefined;
    });
  }
  return found;
}

import type { TriggerManifest, WebhookManifest } from '../triggers.ts';
import {
  at,
  breaking,
  compareNames,
  compareValue,
  harmless,
  type ManifestChange,
  pair,
  type Weight,
  widening,
} from './manifest-change.ts';

type Triggers = readonly TriggerManifest[];

export function compareTriggers(before: Triggers, after: Triggers): ManifestChange[] {
  const { both } = pair(before, after);
  return [
    ...compareNames(
      { area: 'trigger', path: '/triggers', noun: 'trigger', added: widening, removed: breaking },
      before.map(({ name }) => name),
      after.map(({ name }) => name),
    ),
    ...both.flatMap((versions) => compareTrigger(versions.before, versions.after)),
  ];
}

function compareTrigger(before: TriggerManifest, after: TriggerManifest): ManifestChange[] {
  const { name } = after;
  const path = at('triggers', name);
  const { summary: oldSummary, source: oldSource, events: oldEvents, ...oldFacts } = before;
  const { summary, source, events, ...facts } = after;
  return [
    ...compareNames(
      { area: 'trigger', path, noun: `event of ${name}`, added: widening, removed: breaking },
      oldEvents,
      events,
    ),
    ...compareValue(
      { area: 'fact', path, noun: `words about ${name}`, weight: harmless },
      [oldSummary, oldSource],
      [summary, source],
    ),
    // Who may speak to us.
    ...compareValue(
      { area: 'signature', path, noun: `signature of ${name}`, weight: { widens: true, bump: 'major' } },
      signatureOf(before),
      signatureOf(after),
    ),
    // Calls that it needs are compared with their operations.
    ...compareValue(
      { area: 'trigger', path, noun: `how ${name} is subscribed to`, weight: weightOfSubscription(after) },
      subscriptionOf(before),
      subscriptionOf(after),
    ),
    // What an item is known by, whose it is, what is fetched for it, and how it tells that it is an echo.
    ...compareValue(
      {
        area: 'trigger',
        path,
        noun: `how items of ${name} are read`,
        weight: { widens: true, bump: 'major' },
      },
      howItemsAreRead(oldFacts),
      howItemsAreRead(facts),
    ),
  ];
}

function signatureOf(trigger: TriggerManifest): WebhookManifest['signature'] | undefined {
  return trigger.kind === 'webhook' ? trigger.signature : undefined;
}

function subscriptionOf(trigger: TriggerManifest): WebhookManifest['subscription'] | undefined {
  return trigger.kind === 'webhook' ? trigger.subscription : undefined;
}

/** What we do at the vendor in a person's place is for a reviewer; what a person does is words. */
function weightOfSubscription(after: TriggerManifest): Weight {
  const subscription = subscriptionOf(after);
  return subscription !== undefined && 'list' in subscription ? widening : harmless;
}

function howItemsAreRead(facts: object): object {
  return Object.fromEntries(
    Object.entries(facts).filter(([name]) => name !== 'signature' && name !== 'subscription'),
  );
}

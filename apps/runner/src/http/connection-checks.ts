import type { SubscriptionState } from '@onceover/broker';
import { z } from 'zod';
import type { connectionSchema } from './list-schemas.ts';

/** What `onceover connect` ends with: each thing that a connection needs, and whether it was seen. */
export const checkSchema = z.object({
  item: z.enum(['authorised', 'scopes', 'account', 'webhook subscription', 'delivery']),
  state: z.enum(['ok', 'warning', 'failed', 'not_checked']),
  detail: z.string(),
  steps: z.array(z.string()).optional().describe('What a person does at the vendor, one after the other'),
  page: z.string().optional().describe('Where'),
});
export type ConnectionCheck = z.infer<typeof checkSchema>;

type Connection = Pick<
  z.output<typeof connectionSchema>,
  'id' | 'status' | 'reason' | 'account' | 'scopes' | 'authorizedBy'
>;

/** What is known besides the connection's row. */
export interface SeenAtVendor {
  subscription: SubscriptionState;
  lastDelivery: { at: Date; isOfSubscription: boolean } | undefined;
}

export function checksOf(connection: Connection, seen: SeenAtVendor): ConnectionCheck[] {
  return [
    authorised(connection),
    scopes(connection),
    connection.account === null
      ? { item: 'account', state: 'warning', detail: 'the vendor does not tell whose account it is' }
      : { item: 'account', state: 'ok', detail: connection.account },
    subscribed(connection, seen),
    delivered(connection, seen),
  ];
}

function authorised({ id, status, reason, authorizedBy }: Connection): ConnectionCheck {
  switch (status) {
    case 'authorized':
      return { item: 'authorised', state: 'ok', detail: `asked for by ${authorizedBy ?? 'nobody'}` };
    case 'configured':
      return { item: 'authorised', state: 'ok', detail: 'the config gives its credential' };
    default:
      return {
        item: 'authorised',
        state: 'failed',
        detail: `${status.replaceAll('_', ' ')}${reason === null ? '' : ` (${reason})`}: onceover connect ${id}`,
      };
  }
}

function scopes({ scopes: { granted, missing, excess } }: Connection): ConnectionCheck {
  if (granted === null) {
    return { item: 'scopes', state: 'not_checked', detail: 'the vendor does not tell what it granted' };
  }
  const lacking = missing.map(
    ({ scope, operations }) =>
      `${scope} is missing, needed by ${operations.length === 0 ? 'every authorisation' : operations.join(', ')}`,
  );
  const surplus = excess.map((scope) => `${scope} was granted and is not declared`);
  const found = [...lacking, ...surplus];
  if (found.length === 0) return { item: 'scopes', state: 'ok', detail: granted.join(' ') };
  return { item: 'scopes', state: lacking.length > 0 ? 'failed' : 'warning', detail: found.join('; ') };
}

const subscriptionItem = 'webhook subscription' as const;

function subscribed({ id }: Connection, { subscription, lastDelivery }: SeenAtVendor): ConnectionCheck {
  const { kind, hook, topics, listed, isActive, problem } = subscription;
  if (kind === 'none' || hook === null) {
    return { item: subscriptionItem, state: 'ok', detail: 'none: this connector has no webhook' };
  }
  if (kind === 'manual') {
    const isSeen = lastDelivery !== undefined;
    return {
      item: subscriptionItem,
      state: isSeen ? 'ok' : 'not_checked',
      detail: isSeen
        ? `made by a person; deliveries to ${hook.url} arrive`
        : `a person makes it at the vendor, for ${hook.url}:`,
      ...(isSeen ? {} : byHand(subscription)),
    };
  }
  const failed = (detail: string): ConnectionCheck => ({
    item: subscriptionItem,
    state: 'failed',
    detail,
    ...byHand(subscription),
  });
  if (problem !== null) return failed(`${problem.message} (${problem.code})`);
  if (listed === null) return { item: subscriptionItem, state: 'not_checked', detail: 'not looked at' };
  if (listed !== 1) {
    const many = listed === 0 ? 'there is none' : `there are ${listed} and not one`;
    return failed(`${many} for ${hook.url}: onceover connections subscribe ${id}`);
  }
  if (!isActive) return failed(`it is there for ${hook.url}, and switched off: switch it on at the vendor`);
  return { item: subscriptionItem, state: 'ok', detail: `exactly one, to ${hook.url}: ${topics.join(', ')}` };
}

function byHand({ steps, page }: SubscriptionState): Pick<ConnectionCheck, 'steps' | 'page'> {
  return {
    ...(steps.length === 0 ? {} : { steps: [...steps] }),
    ...(page === null ? {} : { page }),
  };
}

function delivered({ id }: Connection, { subscription, lastDelivery }: SeenAtVendor): ConnectionCheck {
  if (subscription.kind === 'none') {
    return { item: 'delivery', state: 'ok', detail: 'none is expected' };
  }
  if (lastDelivery?.isOfSubscription === true) {
    return {
      item: 'delivery',
      state: 'ok',
      detail: `verified, the last at ${lastDelivery.at.toISOString()}`,
    };
  }
  const none =
    lastDelivery === undefined
      ? 'none was verified yet'
      : `the last verified one, at ${lastDelivery.at.toISOString()}, came before the subscription was made`;
  const how = subscription.test === null ? 'Wait for an event.' : subscription.test;
  return {
    item: 'delivery',
    state: lastDelivery === undefined ? 'not_checked' : 'warning',
    detail: `${none}. ${how} Then look again: onceover connections check ${id}`,
  };
}

import type { JsonValue } from '@onceover/contract';
import { sandboxAppId, sandboxPortalId } from './hubspot-state.ts';

export interface ContactEventFacts {
  eventId: number;
  subscriptionType:
    | 'contact.creation'
    | 'contact.propertyChange'
    | 'contact.deletion'
    | 'contact.merge'
    | 'contact.restore'
    | 'contact.privacyDeletion';
  objectId: number;
  occurredAt: Date;
  propertyName?: string;
  propertyValue?: string;
  /** `CRM_UI`: a person; `INTEGRATION`: a call with an app's token (ours unless `sourceAppId` says another). */
  source: 'CRM_UI' | 'INTEGRATION';
  sourceAppId?: number;
}

const subscriptions: Readonly<Record<ContactEventFacts['subscriptionType'], number>> = {
  'contact.creation': 2_538_661,
  'contact.propertyChange': 2_538_662,
  'contact.deletion': 2_538_663,
  'contact.merge': 2_538_664,
  'contact.restore': 2_538_665,
  'contact.privacyDeletion': 2_538_666,
};

const flags: Readonly<Record<string, string>> = {
  'contact.creation': 'CREATED',
  'contact.deletion': 'DELETED',
  'contact.restore': 'RESTORED',
};

/** One entry of a webhook's array, in the order of fields that captured deliveries show. */
export function contactEvent(facts: ContactEventFacts): { readonly [name: string]: JsonValue } {
  const { eventId, subscriptionType, objectId, occurredAt, propertyName, propertyValue, source } = facts;
  const flag = flags[subscriptionType];
  return {
    eventId,
    subscriptionId: subscriptions[subscriptionType],
    portalId: sandboxPortalId,
    appId: sandboxAppId,
    occurredAt: occurredAt.getTime(),
    subscriptionType,
    attemptNumber: 0,
    objectId,
    ...(flag === undefined ? {} : { changeFlag: flag }),
    ...(propertyName === undefined ? {} : { propertyName, propertyValue: propertyValue ?? '' }),
    changeSource: source,
    sourceId: source === 'CRM_UI' ? 'userId:45678' : String(facts.sourceAppId ?? sandboxAppId),
  };
}

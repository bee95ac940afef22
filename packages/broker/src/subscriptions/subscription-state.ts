import type { ErrorData } from '@onceover/contract';

/** How the vendor comes to call a connection's webhook, as it was seen. */
export interface SubscriptionState {
  /** `none`: the connector has no webhook; `manual`: a person subscribes at the vendor. */
  kind: 'none' | 'manual' | 'automatic';
  /** What the vendor calls: the connection's hook, or its registration's for all accounts of our app. */
  hook: { kind: 'connection' | 'registration'; id: string; url: string } | null;
  /** What is subscribed to, in the vendor's words. */
  topics: readonly string[];
  /** How many with this URL and these topics the vendor lists, one being right. Null: it was not asked. */
  listed: number | null;
  /** False: it is there, and the vendor or a person has switched it off. */
  isActive: boolean;
  /** For a person: what to do at the vendor, where, and how to have it send something. */
  steps: readonly string[];
  page: string | null;
  test: string | null;
  /** What was done now. */
  made: number;
  removed: number;
  /** Why it could not be looked at or brought about. */
  problem: ErrorData | null;
}

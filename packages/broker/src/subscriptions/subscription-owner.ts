import { findWebhook, type Manifest, type SubscriptionManifest } from '@onceover/contract';
import type { Connection } from '../connections/connection.ts';
import type { AccessTokens } from '../oauth/access-tokens.ts';
import type { SecretOwner } from '../vault/secret-place.ts';

export type KeptSubscription = Extract<SubscriptionManifest, { list: string }>;
export type CallTokens = Pick<AccessTokens, 'get' | 'renew' | 'noteRefused'>;

/** Whose subscription it is, and how we speak with the vendor about it. */
export interface SubscriptionOwner {
  kind: 'connection' | 'registration';
  /** The hook's id, too. */
  id: string;
  tenant: string;
  /** What calls are made with: the connection, or one that stands for the registration. */
  connection: Connection;
  tokens: CallTokens;
  subscription: KeptSubscription;
  /** Whose the signing secret is, and its name. */
  secret: { owner: SecretOwner; name: string };
}

/** The webhook's subscription of a manifest; undefined without a webhook. */
export function subscriptionOf(manifest: Manifest): SubscriptionManifest | undefined {
  return findWebhook(manifest)?.subscription;
}

/** Whose hook the vendor calls: the connection's own, or its registration's. */
export function hookOwnerOf(
  { info }: Connection,
  subscription: SubscriptionManifest,
): { kind: 'connection' | 'registration'; id: string } {
  const isRegistrations = subscription.per === 'registration' && info.registration !== null;
  return isRegistrations
    ? { kind: 'registration', id: info.registration ?? '' }
    : { kind: 'connection', id: info.id };
}

/** A connection that keeps its own subscription; undefined where a person or the registration does. */
export function ownerOfConnection(connection: Connection, tokens: CallTokens): SubscriptionOwner | undefined {
  const { info } = connection;
  const { manifest } = info.connector;
  const subscription = subscriptionOf(manifest);
  if (subscription === undefined || !('list' in subscription) || subscription.per !== 'connection') {
    return undefined;
  }
  return {
    kind: 'connection',
    id: info.id,
    tenant: info.tenant,
    connection,
    tokens,
    subscription,
    secret: { owner: connection.secrets, name: findWebhook(manifest)?.signature.secret ?? '' },
  };
}

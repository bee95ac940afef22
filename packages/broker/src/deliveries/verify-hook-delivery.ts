import { type DeliveryRequest, findWebhook, verifyDelivery } from '@onceover/contract';
import type { LoadedConnector } from '../call-types.ts';
import type { Hook } from '../connections/connection.ts';
import type { Connections } from '../connections/create-connections.ts';
import type { Clock, Counters } from '../ports.ts';
import type { AcceptedSecret, Vault } from '../vault/create-vault.ts';
import { environmentTenant, type SecretOwner } from '../vault/secret-place.ts';

/** A request to a hook, as it arrived. */
export interface HookDelivery extends DeliveryRequest {
  hookId: string;
  /** The clock's unless given. */
  now?: Date;
}

export type HookVerdict =
  | { verified: true; hook: Hook; trigger: string; signedAt: Date | undefined }
  /** `reason` is for counters and logs; the sender learns 401 and nothing else, or 404 for `unknown-hook`. */
  | {
      verified: false;
      reason:
        | 'unknown-hook'
        | 'no-webhook'
        | 'no-secret'
        | 'no-signature'
        | 'no-timestamp'
        | 'stale-timestamp'
        | 'mismatch';
    };

export interface VerifyPorts {
  connections: Connections;
  vault: Vault;
  clock: Clock;
  counters: Counters;
  /** Told about a delivery that was signed with a secret that is not in use yet. */
  onPendingUsed: (owner: SecretOwner, field: string, version: number) => void;
}

/**
 * Verifies a delivery by the manifest's scheme with every secret that the vendor may use: the current one, the
 * previous ones, and one that a rotation is about to put into use. No connector code runs.
 */
export async function verifyHookDelivery(delivery: HookDelivery, ports: VerifyPorts): Promise<HookVerdict> {
  const verdict = await judge(delivery, ports);
  ports.counters.increment('deliveries_checked', { verdict: verdict.verified ? 'verified' : verdict.reason });
  return verdict;
}

async function judge(
  { hookId, now, ...request }: HookDelivery,
  { connections, vault, clock, onPendingUsed }: VerifyPorts,
): Promise<HookVerdict> {
  const hook = await connections.byHook(hookId);
  if (hook === undefined) return { verified: false, reason: 'unknown-hook' };
  const { manifest } = connectorOf(hook);
  const webhook = findWebhook(manifest);
  if (webhook === undefined) return { verified: false, reason: 'no-webhook' };
  const field = webhook.signature.secret;
  const { owner, secrets } = await secretsOf(hook, field, vault);
  const at = now ?? clock.now();
  const verify = (some: readonly AcceptedSecret[]) =>
    verifyDelivery(
      webhook.signature,
      request,
      some.map(({ secret }) => secret.reveal()),
      at,
    );
  const verdict = verify(secrets);
  if (!verdict.verified) return verdict;
  const pending = secrets.find(({ state }) => state === 'pending');
  if (pending !== undefined && verify([pending]).verified) onPendingUsed(owner, field, pending.version);
  return { verified: true, hook, trigger: webhook.name, signedAt: verdict.signedAt };
}

function connectorOf(hook: Hook): LoadedConnector {
  return hook.kind === 'connection' ? hook.connection.connector : hook.registration.connector;
}

/** The hook's own secrets; a connection without any has its registration's, where the manifest says they are shared. */
async function secretsOf(
  hook: Hook,
  field: string,
  vault: Vault,
): Promise<{ owner: SecretOwner; secrets: readonly AcceptedSecret[] }> {
  const { id: connector, manifest } = connectorOf(hook);
  const acceptedOf = async (owner: SecretOwner) => ({ owner, secrets: await vault.accepted(owner, field) });
  const ofRegistration = (id: string) =>
    acceptedOf({ kind: 'registration', id, tenant: environmentTenant, connector });
  if (hook.kind === 'registration') return ofRegistration(hook.registration.id);
  const { id, tenant, registration } = hook.connection;
  const own = await acceptedOf({ kind: 'connection', id, tenant, connector });
  if (own.secrets.length > 0 || registration === null) return own;
  const isShared = manifest.auth.secrets.some(({ name, per }) => name === field && per === 'registration');
  return isShared ? ofRegistration(registration) : own;
}

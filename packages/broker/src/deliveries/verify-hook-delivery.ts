import { type DeliveryRequest, findWebhook, verifyDelivery } from '@onceover/contract';
import type { LoadedConnector } from '../call-types.ts';
import type { Hook } from '../connections/connection.ts';
import type { Connections } from '../connections/create-connections.ts';
import type { Clock, Counters } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { Vault } from '../vault/create-vault.ts';
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

/** Verifies a delivery by the manifest's scheme with every secret that holds. No connector code runs. */
export async function verifyHookDelivery(
  delivery: HookDelivery,
  ports: { connections: Connections; vault: Vault; clock: Clock; counters: Counters },
): Promise<HookVerdict> {
  const verdict = await judge(delivery, ports);
  ports.counters.increment('deliveries_checked', { verdict: verdict.verified ? 'verified' : verdict.reason });
  return verdict;
}

async function judge(
  { hookId, now, ...request }: HookDelivery,
  { connections, vault, clock }: { connections: Connections; vault: Vault; clock: Clock },
): Promise<HookVerdict> {
  const hook = await connections.byHook(hookId);
  if (hook === undefined) return { verified: false, reason: 'unknown-hook' };
  const { manifest } = connectorOf(hook);
  const webhook = findWebhook(manifest);
  if (webhook === undefined) return { verified: false, reason: 'no-webhook' };
  const secrets = await secretsOf(hook, webhook.signature.secret, vault);
  const values = secrets.map((secret) => secret.reveal());
  const verdict = verifyDelivery(webhook.signature, request, values, now ?? clock.now());
  return verdict.verified
    ? { verified: true, hook, trigger: webhook.name, signedAt: verdict.signedAt }
    : verdict;
}

function connectorOf(hook: Hook): LoadedConnector {
  return hook.kind === 'connection' ? hook.connection.connector : hook.registration.connector;
}

/** The hook's own secrets; a connection without any has its registration's, where the manifest says they are shared. */
async function secretsOf(hook: Hook, field: string, vault: Vault): Promise<readonly Secret[]> {
  const { id: connector, manifest } = connectorOf(hook);
  const registrationOwner = (id: string): SecretOwner => ({
    kind: 'registration',
    id,
    tenant: environmentTenant,
    connector,
  });
  if (hook.kind === 'registration') return vault.get(registrationOwner(hook.registration.id), field);
  const { id, tenant, registration } = hook.connection;
  const own = await vault.get({ kind: 'connection', id, tenant, connector }, field);
  if (own.length > 0 || registration === null) return own;
  const isShared = manifest.auth.secrets.some(({ name, per }) => name === field && per === 'registration');
  return isShared ? vault.get(registrationOwner(registration), field) : own;
}

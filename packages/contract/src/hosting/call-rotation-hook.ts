import type { Connector } from '../connector.ts';
import { ConfigurationError } from '../errors.ts';
import type { RotationContext, RotationHttp } from '../rotation.ts';
import type { ConnectorReply, ConnectorRequest } from './protocol.ts';

/** Runs one hook of a secret's rotation. */
export async function callRotationHook(
  connector: Connector,
  { hook, context: facts }: Extract<ConnectorRequest, { kind: 'rotate' }>,
  http: RotationHttp,
  signal: AbortSignal,
): Promise<ConnectorReply> {
  const hooks = Object.hasOwn(connector.rotation, facts.secret)
    ? connector.rotation[facts.secret]?.hooks
    : undefined;
  if (hooks?.[hook] === undefined) {
    throw new ConfigurationError(`The connector has no ${hook} for the secret ${facts.secret}`);
  }
  const context: RotationContext = { vendorSecretId: undefined, ...facts, http, signal };
  switch (hook) {
    case 'create':
    case 'set':
      return { kind: 'rotated', ...(await hooks[hook]?.(context)) };
    case 'test': {
      const { principal, scopes } = (await hooks.test?.(context)) ?? {};
      return { kind: 'rotated', ...(principal && { principal }), ...(scopes && { scopes }) };
    }
    case 'revoke':
      await hooks.revoke?.(context);
      return { kind: 'rotated' };
    case 'reconcile':
      return { kind: 'rotated', secrets: (await hooks.reconcile?.(context)) ?? [] };
  }
}

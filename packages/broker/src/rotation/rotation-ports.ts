import type { Store } from '@onceover/store';
import type { ConnectionBook } from '../connections/create-connections.ts';
import type { ConnectorSet } from '../connectors/connector-set.ts';
import type { Egress } from '../egress/create-egress.ts';
import type { HostPool } from '../hosts/host-pool.ts';
import type { AccessTokens } from '../oauth/access-tokens.ts';
import type { TokenEndpoint } from '../oauth/token-endpoint.ts';
import type { Clock, Counters, Log } from '../ports.ts';
import type { CallGate } from '../rate/call-gate.ts';
import type { CallUseRecorder } from '../scopes/call-use.ts';
import type { Vault } from '../vault/create-vault.ts';

export interface RotationPorts {
  store: Store;
  vault: Vault;
  connections: ConnectionBook;
  connectors: ConnectorSet;
  hosts: HostPool;
  egress: Egress;
  endpoint: TokenEndpoint;
  accessTokens: Pick<AccessTokens, 'get' | 'renew' | 'rotate'>;
  callUse: Pick<CallUseRecorder, 'note'>;
  gate: Pick<CallGate, 'admit'>;
  clock: Clock;
  log: Log;
  counters: Counters;
  random: () => number;
  mode: 'development' | 'production';
  /** Makes labels that no other database makes: 64 hex digits from parts. */
  labelOf: (parts: readonly string[]) => string;
  /** Longer than all requests of one step together. */
  leaseMs: number;
}

import type { ConnectionInfo, LoadedConnector } from '../call-types.ts';
import type { EgressTarget } from '../egress/egress-target.ts';
import type { SecretOwner } from '../vault/secret-place.ts';

/** A connection with what the broker alone needs to know. */
export interface Connection {
  info: ConnectionInfo;
  target: EgressTarget;
  /** Stands in for scheme, host and port of every URL of the vendor; null but in development. */
  developmentOrigin: string | null;
  /** Null: the vendor has not told. */
  grantedScopes: readonly string[] | null;
  /** What the declared limits are multiplied by; null: they say nothing of what stands in for the vendor. */
  rateScale: number | null;
  secrets: SecretOwner;
}

export interface RegistrationInfo {
  id: string;
  connector: LoadedConnector;
  clientId: string | null;
  /** Our app's id at the vendor. */
  appId: string | null;
}

/** Whom a webhook's path names. */
export type Hook =
  | { kind: 'connection'; connection: ConnectionInfo }
  | { kind: 'registration'; registration: RegistrationInfo };

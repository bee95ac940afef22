import { lengthPrefixed } from './length-prefixed.ts';

/** The tenant that administers what belongs to the whole environment: registrations. */
export const environmentTenant = 'default';

/** Whose secret it is: a connection's, or a registration's. */
export interface SecretOwner {
  kind: 'connection' | 'registration';
  id: string;
  tenant: string;
  /** The connector's id. */
  connector: string;
}

/** Everything that a sealed secret is bound to: it opens at no other place. */
export interface SecretPlace extends SecretOwner {
  field: string;
  version: number;
}

export function contextOf(place: SecretPlace, layer: 'value' | 'data-key'): Buffer {
  const { kind, id, tenant, connector, field, version } = place;
  return lengthPrefixed(['onceover-secret-v1', layer, kind, tenant, id, connector, field, String(version)]);
}

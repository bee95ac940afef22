import type { SecretFact } from '@onceover/contract';
import { flowConnectionId } from '../runner-flows.ts';
import { connectionId, registrationId } from '../verify-rig.ts';

/** Whose secret it is here. */
export interface SecretHolderName {
  kind: 'connection' | 'registration';
  id: string;
  /** The connection whose calls it may stop. */
  connection: string;
  /** Of the HTTP API. */
  path: string;
}

/** A credential of calls is the other connection's: the one that consent was given for has tokens. */
export function holderOf({ per, uses }: SecretFact): SecretHolderName {
  const connection = per === 'connection' && uses.includes('api') ? flowConnectionId : connectionId;
  const id = per === 'registration' ? registrationId : connection;
  return { kind: per, id, connection, path: `/v1/${per}s/${id}` };
}

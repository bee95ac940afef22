import { z } from 'zod';
import type { connectionSchema } from './list-schemas.ts';

/** What `onceover connect` ends with: each thing that a connection needs, and whether it was seen. */
export const checkSchema = z.object({
  item: z.enum(['authorised', 'scopes', 'account', 'webhook subscription', 'delivery']),
  state: z.enum(['ok', 'warning', 'failed', 'not_checked']),
  detail: z.string(),
});
export type ConnectionCheck = z.infer<typeof checkSchema>;

type Connection = Pick<
  z.output<typeof connectionSchema>,
  'id' | 'status' | 'reason' | 'account' | 'scopes' | 'authorizedBy'
>;

export function checksOf(connection: Connection): ConnectionCheck[] {
  return [
    authorised(connection),
    scopes(connection),
    connection.account === null
      ? { item: 'account', state: 'warning', detail: 'the vendor does not tell whose account it is' }
      : { item: 'account', state: 'ok', detail: connection.account },
    { item: 'webhook subscription', state: 'not_checked', detail: 'not checked yet' },
    { item: 'delivery', state: 'not_checked', detail: 'not checked yet' },
  ];
}

function authorised({ id, status, reason, authorizedBy }: Connection): ConnectionCheck {
  switch (status) {
    case 'authorized':
      return { item: 'authorised', state: 'ok', detail: `asked for by ${authorizedBy ?? 'nobody'}` };
    case 'configured':
      return { item: 'authorised', state: 'ok', detail: 'the config gives its credential' };
    default:
      return {
        item: 'authorised',
        state: 'failed',
        detail: `${status.replaceAll('_', ' ')}${reason === null ? '' : ` (${reason})`}: onceover connect ${id}`,
      };
  }
}

function scopes({ scopes: { granted, missing, excess } }: Connection): ConnectionCheck {
  if (granted === null) {
    return { item: 'scopes', state: 'not_checked', detail: 'the vendor does not tell what it granted' };
  }
  const lacking = missing.map(
    ({ scope, operations }) =>
      `${scope} is missing, needed by ${operations.length === 0 ? 'every authorisation' : operations.join(', ')}`,
  );
  const surplus = excess.map((scope) => `${scope} was granted and is not declared`);
  const found = [...lacking, ...surplus];
  if (found.length === 0) return { item: 'scopes', state: 'ok', detail: granted.join(' ') };
  return { item: 'scopes', state: lacking.length > 0 ? 'failed' : 'warning', detail: found.join('; ') };
}

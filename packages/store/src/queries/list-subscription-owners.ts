import { defineQuery, type Queryable } from '../define-query.ts';

/** A connection or registration that may have a subscription at its vendor. */
export interface SubscriptionOwnerRow {
  id: string;
  kind: 'connection' | 'registration';
  tenant: string;
  connector: string;
  connectorVersion: string | null;
  /** It goes to a development origin. */
  isDevelopment: boolean;
  /** Nobody uses it any more, and it had a subscription. */
  isRemoved: boolean;
  /** Nobody has looked, or it is time to look again. */
  isDue: boolean;
  /** Somebody has looked within the last two hours: a runner that is at work. */
  isWatched: boolean;
  checkedVersion: string | null;
  checkedUrl: string | null;
}

const query = defineQuery<[], SubscriptionOwnerRow>(
  'list-subscription-owners',
  `with owners as (
     select one.id, 'connection' as kind, one.tenant, one.connector, one.connector_version,
       coalesce(one.origin, app.origin) is not null as is_development, one.removed_at,
       exists (select from onceover.connection_grants given
         where given.connection = one.id and given.status = 'authorized')
       or exists (select from onceover.secret_versions secret
         where secret.owner = one.id and secret.field = 'accessToken' and secret.state = 'current') as has_credential
     from onceover.connections one left join onceover.registrations app on app.id = one.registration
     union all
     select id, 'registration', tenant, connector, null, origin is not null, removed_at, true
     from onceover.registrations
   )
   select owners.id, kind, owners.tenant, connector, connector_version as "connectorVersion",
     is_development as "isDevelopment", removed_at is not null as "isRemoved",
     known.next_check_at is null or known.next_check_at <= clock_timestamp()
       or known.checked_at < removed_at as "isDue",
     coalesce(known.checked_at > clock_timestamp() - interval '2 hours', false) as "isWatched",
     known.checked_version as "checkedVersion", known.checked_url as "checkedUrl"
   from owners left join onceover.subscriptions known on known.owner = owners.id
   where has_credential and (removed_at is null or known.vendor_id is not null or known.intended_url is not null)
   order by owners.id`,
);

/** Of all tenants: those that can be asked for, and removed ones whose subscription is still there. */
export function listSubscriptionOwners(db: Queryable): Promise<SubscriptionOwnerRow[]> {
  return query.rows(db, []);
}

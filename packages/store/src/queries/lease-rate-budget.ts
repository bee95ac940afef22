import { defineQuery, type Queryable } from '../define-query.ts';

/** Requests that a runner may send until `leaseMs` after it asked, and no later. */
export interface RateLease {
  granted: number;
  /** Where they are counted, to give back what was not used. */
  slot: number;
  /** When none was granted: the earliest time at which one may be. */
  afterMs: number;
}

const create = defineQuery<[owner: string, budget: string, tenant: string]>(
  'create-rate-budget',
  `insert into onceover.rate_budgets (owner, budget, tenant) values ($1, $2, $3) on conflict do nothing`,
);

// The row is locked before the clock is read: who waited for it must not count by an older time.
const lease = defineQuery<
  [
    owner: string,
    budget: string,
    capacity: number,
    windowMs: number,
    slotMs: number,
    leaseMs: number,
    need: number,
    want: number,
    backSlot: number | null,
    back: number,
  ],
  RateLease
>(
  'lease-rate-budget',
  `with locked as materialized (
    select owner, budget, slots from onceover.rate_budgets where owner = $1 and budget = $2 for update
  ), now_is as materialized (
    select owner, budget, slots, floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms from locked
  ), live as (
    select slot.key::bigint as ends, slot.value::integer - case when slot.key::bigint = $9::bigint then $10::integer else 0 end as used
    from now_is, jsonb_each_text(slots) slot
    where slot.key::bigint + $4::bigint > ms
  ), used as (
    select coalesce(sum(used), 0)::integer as total, min(ends) filter (where used > 0) as first from live
  ), decided as (
    select now_is.owner, now_is.budget, ms, first,
      case when $3::integer - total < $7::integer then 0 else least($8::integer, $3::integer - total) end as granted,
      ((ms + $6::bigint + $5::bigint - 1) / $5::bigint) * $5::bigint as ends
    from now_is, used
  ), kept as (
    select ends, sum(used) as used
    from (select ends, used from live union all select ends, granted from decided) slots
    group by ends having sum(used) > 0
  )
  update onceover.rate_budgets one
  set slots = coalesce((select jsonb_object_agg(ends::text, used) from kept), '{}')
  from decided where one.owner = decided.owner and one.budget = decided.budget
  returning decided.granted, decided.ends as slot,
    case when granted > 0 then 0 else greatest(1, coalesce(first + $4::bigint - ms, 1)) end::bigint as "afterMs"`,
);

/**
 * Takes requests out of a budget that all runners share: of each window, wherever it begins, no more than `capacity`
 * are ever granted. By the database's clock.
 * @param request.windowMs how long a request counts after the end of its slot
 * @param request.slotMs how finely its time is kept
 * @param request.need less than this is not worth having
 * @param request.back what of an earlier lease was not used, and never will be
 */
export async function leaseRateBudget(
  db: Queryable,
  request: {
    owner: string;
    budget: string;
    tenant: string;
    capacity: number;
    windowMs: number;
    slotMs: number;
    leaseMs: number;
    need: number;
    want: number;
    back: { slot: number; unused: number } | null;
  },
): Promise<RateLease> {
  const { owner, budget, tenant, capacity, windowMs, slotMs, leaseMs, need, want, back } = request;
  const values = [owner, budget, capacity, windowMs, slotMs, leaseMs, need, want] as const;
  const ask = () => lease.maybeOne(db, [...values, back?.slot ?? null, back?.unused ?? 0]);
  const known = await ask();
  if (known !== undefined) return known;
  await create.count(db, [owner, budget, tenant]);
  return (await ask()) ?? { granted: 0, slot: 0, afterMs: 1 };
}

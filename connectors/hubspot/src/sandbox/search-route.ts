import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import { z } from 'zod';
import { problemResponse } from './hubspot-problems.ts';
import { type ObjectType, shown } from './hubspot-records.ts';
import type { RouteAnswer, RouteRequest } from './hubspot-route.ts';
import type { HubspotRecord, HubspotState } from './hubspot-state.ts';

const searchSchema = z.object({
  filterGroups: z.array(
    z.object({
      filters: z.array(
        z.object({ propertyName: z.string(), operator: z.string(), value: z.string().optional() }),
      ),
    }),
  ),
  sorts: z.array(z.string()),
  properties: z.array(z.string()),
  limit: z.number().int().positive().max(200),
  after: z.string().regex(/^\d+$/),
});
type Search = z.infer<typeof searchSchema>;

/** HubSpot's search: filters, one sort, offsets up to 10,000; a new record is found after a while. */
export function answerSearch(
  { state, clock }: SandboxContext<HubspotState>,
  type: ObjectType,
  { body }: RouteRequest,
): RouteAnswer {
  const parsed = searchSchema.safeParse(body);
  if (!parsed.success) {
    return problemResponse(400, { category: 'VALIDATION_ERROR', message: z.prettifyError(parsed.error) });
  }
  const { filterGroups, sorts, properties, limit, after } = parsed.data;
  const offset = Number(after);
  if (offset + limit > 10_000) {
    return problemResponse(400, {
      category: 'VALIDATION_ERROR',
      message: `Requested ${offset + limit} results; the maximum is 10000`,
    });
  }
  const now = clock.now().getTime();
  const found = [...state[type].values()]
    .filter(({ searchableFrom }) => searchableFrom <= now)
    .filter((record) => filterGroups.some(({ filters }) => filters.every((filter) => passes(record, filter))))
    .sort((one, other) => compareBy(sorts[0] ?? 'createdate', one, other));
  const results = found.slice(offset, offset + limit).map((record) => shown(type, record, properties));
  const next = offset + limit < found.length ? String(offset + limit) : undefined;
  return {
    status: 200,
    body: {
      total: found.length,
      results,
      ...(next === undefined ? {} : { paging: { next: { after: next } } }),
    },
  };
}

function passes(
  { properties }: HubspotRecord,
  { propertyName, operator, value = '' }: Search['filterGroups'][number]['filters'][number],
): boolean {
  const own = properties[propertyName];
  if (operator === 'HAS_PROPERTY') return own !== undefined && own !== '';
  if (own === undefined) return false;
  const left = comparable(own);
  const right = comparable(value);
  switch (operator) {
    case 'EQ':
      return left === right;
    case 'NEQ':
      return left !== right;
    case 'GT':
      return left > right;
    case 'GTE':
      return left >= right;
    case 'LT':
      return left < right;
    case 'LTE':
      return left <= right;
    default:
      return false;
  }
}

/** Times are kept as RFC 3339 and searched by milliseconds; text is compared without case. */
function comparable(value: string): number | string {
  if (/^\d{4}-\d{2}-\d{2}T/.test(value)) return Date.parse(value);
  return /^\d{1,15}$/.test(value) ? Number(value) : value.toLowerCase();
}

function compareBy(sort: string, one: HubspotRecord, other: HubspotRecord): number {
  const name = sort.replace(/^-/, '');
  const left = comparable(one.properties[name] ?? '');
  const right = comparable(other.properties[name] ?? '');
  const order = left < right ? -1 : left > right ? 1 : Number(one.id) - Number(other.id);
  return sort.startsWith('-') ? -order : order;
}

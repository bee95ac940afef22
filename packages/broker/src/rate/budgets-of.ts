import { createHash } from 'node:crypto';
import type { CallTemplate, RateLimit, RateLimitHeaders } from '@onceover/contract';
import type { Connection } from '../connections/connection.ts';
import { environmentTenant } from '../vault/secret-place.ts';

/** A declared limit as it holds for one call of a connection. */
export interface Budget {
  /** A connection or a registration. */
  owner: string;
  tenant: string;
  /** Whose call it is. */
  connection: string;
  /** The same for each version of a manifest that declares this owner, window and calls. */
  name: string;
  /** Requests in a window; null: not before the vendor tells. */
  capacity: number | null;
  scale: number;
  windowMs: number;
  /** How many requests this call counts as. */
  cost: number;
  /** It counts some calls only. */
  isOfCalls: boolean;
  headers: RateLimitHeaders | undefined;
}

/** Every budget that a call takes from, the narrowest first: what is refused there takes nothing from the others. */
export function budgetsOf({ info, rateScale }: Connection, call: string): readonly Budget[] {
  return info.connector.manifest.rateLimits
    .filter(({ calls }) => calls === undefined || calls.some((one) => one === call))
    .map((limit): Budget => {
      const registration = limit.per === 'registration' ? info.registration : null;
      const scale = rateScale ?? 1;
      return {
        owner: registration ?? info.id,
        tenant: registration === null ? info.tenant : environmentTenant,
        connection: info.id,
        name: nameOf(limit),
        capacity: rateScale === null ? null : scaled(limit.requests, scale),
        scale,
        windowMs: limit.seconds * 1000,
        cost: limit.costs?.find((one) => one.call === call)?.requests ?? 1,
        isOfCalls: limit.calls !== undefined,
        headers: limit.headers,
      };
    })
    .toSorted((a, b) => breadthOf(a, info.id) - breadthOf(b, info.id));
}

function breadthOf({ owner, isOfCalls }: Budget, connection: string): number {
  return (owner === connection ? 0 : 2) + (isOfCalls ? 0 : 1);
}

/** At least one request: a limit that lets nothing through would hold a call for ever. At most what a database counts. */
export function scaled(requests: number, scale: number): number {
  return Math.min(1_000_000_000, Math.max(1, Math.floor(requests * scale)));
}

function nameOf({ per, seconds, calls }: RateLimit): string {
  const window = `${per} ${seconds}s`;
  return calls === undefined ? window : `${window} ${digestOf(calls)}`;
}

function digestOf(calls: readonly CallTemplate[]): string {
  return createHash('sha256').update(calls.toSorted().join('\n')).digest('hex').slice(0, 16);
}

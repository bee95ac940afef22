import { ConfigurationError } from '@onceover/contract';
import { isLoopbackAddress } from '../egress/addresses.ts';
import type { EgressTarget } from '../egress/egress-target.ts';

/** What a vendor calls for a hook; letter by letter the same each time, since it is what a subscription is known by. */
export function hookUrl(publicUrl: string, hook: string): string {
  return `${publicUrl.replace(/\/$/, '')}/v1/hooks/${hook}`;
}

/** @throws {ConfigurationError} `public_url_unreachable` when the vendor cannot call us there */
export function requireReachable(publicUrl: string, target: EgressTarget): void {
  const { protocol, hostname } = new URL(publicUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isLoopback = host === 'localhost' || isLoopbackAddress(host);
  // A vendor's stand-in on this machine reaches us here.
  if (target.policy === 'loopback' ? isLoopback : protocol === 'https:' && !isLoopback) return;
  throw new ConfigurationError(
    `The vendor cannot call ${publicUrl}. Set ONCEOVER_PUBLIC_URL to the https address at which this runner is reached.`,
    { code: 'public_url_unreachable' },
  );
}

import { ConfigurationError } from '@onceover/contract';
import type { EgressTarget } from '../egress/egress-target.ts';

/** A URL of the manifest's `auth` with the connection's variables. @throws {ConfigurationError} */
export function authUrl(template: string, variables: Readonly<Record<string, string>>): URL {
  const filled = template.replaceAll(/\{([a-z]+)\}/g, (_all, name: string) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    // One label of a host or one segment of a path: nothing that ends either.
    if (value === undefined || !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(value))
      throw notAUrl(template);
    return value.toLowerCase();
  });
  const url = URL.canParse(filled) ? new URL(filled) : undefined;
  const isPlain = url?.protocol === 'https:' && url.username === '' && url.password === '' && url.port === '';
  if (url === undefined || !isPlain) throw notAUrl(template);
  return url;
}

function notAUrl(template: string): ConfigurationError {
  return new ConfigurationError(`The connection's variables do not make an https URL of ${template}`, {
    path: '/variables',
  });
}

/** Where a request to this URL goes: there, or to the development origin that stands in for it. */
export function authTarget(url: URL, developmentOrigin: string | null): EgressTarget {
  return developmentOrigin === null
    ? { origin: url.origin, sendTo: url.origin, policy: 'public' }
    : { origin: url.origin, sendTo: developmentOrigin, policy: 'loopback' };
}

/** The same URL as a browser opens it. */
export function browserUrl(url: URL, developmentOrigin: string | null): string {
  return developmentOrigin === null ? url.href : `${developmentOrigin}${url.pathname}${url.search}`;
}

/**
 * The origin that a token answer names for the API, when the manifest allows it.
 * @throws {ConfigurationError} `instance_refused` for any other host
 */
export function pinnedOrigin(instanceUrl: string, suffixes: readonly string[]): string {
  const url = URL.canParse(instanceUrl) ? new URL(instanceUrl) : undefined;
  const isOrigin =
    url?.protocol === 'https:' &&
    (url.href === `${url.origin}/` || url.href === url.origin) &&
    url.port === '';
  if (
    url !== undefined &&
    isOrigin &&
    suffixes.some((suffix) => url.hostname.endsWith(suffix.toLowerCase()))
  ) {
    return url.origin;
  }
  throw new ConfigurationError(
    `The token answer names a host for calls that does not end in ${suffixes.join(' or ')}: it is not used`,
    { code: 'instance_refused' },
  );
}

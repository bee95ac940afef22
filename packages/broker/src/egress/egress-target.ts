import { ConfigurationError, type Manifest } from '@onceover/contract';
import { type AddressPolicy, isLoopbackAddress } from './addresses.ts';

/** Where a connection's calls go. */
export interface EgressTarget {
  /** Scheme, host and port that the manifest names, with the connection's variables. */
  origin: string;
  /** What is really called: the same, or a development origin. */
  sendTo: string;
  policy: AddressPolicy;
}

/** @throws {ConfigurationError} with the pointer below the connection */
export function egressTarget(
  manifest: Manifest,
  variables: Readonly<Record<string, string>>,
  developmentOrigin: string | null,
): EgressTarget {
  const [template = ''] = manifest.egress;
  const filled = template.replaceAll(/\{([a-z]+)\}/g, (_all, name: string) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) {
      throw new ConfigurationError(`The variable "${name}" is missing: ${describe(manifest, name)}`, {
        path: `/variables/${name}`,
      });
    }
    // One label: nothing that ends the host, begins another part of a URL, or adds a level.
    if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(value)) throw noHost(template, name);
    return value.toLowerCase();
  });
  const origin = parseOrigin(filled);
  // What comes out is what the manifest says: a parser that reads anything else into it is not asked again.
  if (origin?.href !== `${filled}/` || origin.origin !== filled || origin.protocol !== 'https:') {
    throw noHost(template);
  }
  if (developmentOrigin === null) return { origin: origin.origin, sendTo: origin.origin, policy: 'public' };
  return { origin: origin.origin, sendTo: checkedLoopbackOrigin(developmentOrigin), policy: 'loopback' };
}

/** The same for an account whose host the vendor told when it was connected; a development origin still stands in. */
export function pinnedTarget(target: EgressTarget, origin: string): EgressTarget {
  return { ...target, origin, sendTo: target.policy === 'public' ? origin : target.sendTo };
}

function noHost(template: string, variable?: string): ConfigurationError {
  return new ConfigurationError(
    `The connection's variables do not make a host name of ${template}: each stands for one part of it`,
    { path: variable === undefined ? '/variables' : `/variables/${variable}` },
  );
}

/** @throws {ConfigurationError} for anything but scheme, loopback host and port */
export function checkedLoopbackOrigin(text: string): string {
  const url = parseOrigin(text);
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  const isOrigin = url !== undefined && (url.href === `${url.origin}/` || url.href === url.origin);
  if (!isOrigin || !/^https?:$/.test(url.protocol) || !(host === 'localhost' || isLoopbackAddress(host))) {
    throw new ConfigurationError(
      'A development origin is scheme, loopback host and port: http://127.0.0.1:4500',
      { path: '/origin' },
    );
  }
  return url.origin;
}

/** Variables that the manifest does not know, or whose value it does not allow. */
export function checkVariables(manifest: Manifest, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const declared = Object.hasOwn(manifest.variables, name) ? manifest.variables[name] : undefined;
    if (declared === undefined) {
      const known = Object.keys(manifest.variables).join(', ') || 'none';
      throw new ConfigurationError(
        `${manifest.id} has no variable "${name}". Its variables: ${known}. Remove it or correct its name.`,
        { path: `/variables/${name}` },
      );
    }
    if (!new RegExp(`^(?:${declared.pattern})$`, 'u').test(value)) {
      throw new ConfigurationError(
        `The variable "${name}" must match ${declared.pattern}: ${declared.description}`,
        { path: `/variables/${name}` },
      );
    }
  }
  for (const name of Object.keys(manifest.variables)) {
    if (!Object.hasOwn(variables, name)) {
      throw new ConfigurationError(`The variable "${name}" is missing: ${describe(manifest, name)}`, {
        path: `/variables/${name}`,
      });
    }
  }
}

function describe(manifest: Manifest, name: string): string {
  return (
    (Object.hasOwn(manifest.variables, name) ? manifest.variables[name]?.description : undefined) ?? name
  );
}

function parseOrigin(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { isLoopbackHost } from '../environment.ts';
import { Problem } from './problem.ts';

export interface Authority {
  tenant: string;
  /** Who acts: an API key's name, or `local` on a developer's own machine. */
  subject: string;
}

export interface AuthorityOptions {
  mode: 'development' | 'production';
  /** The address that the runner listens on. */
  host: string;
  apiKey: string | undefined;
}

/**
 * Who calls, and for which tenant.
 * @throws {Problem} 401 without a key or with a wrong one; 403 for a Host or Origin that is not loopback
 */
export function authorize(request: FastifyRequest, options: AuthorityOptions): Authority {
  const tenant = tenantOf(request);
  const key = bearerKey(request);
  if (key !== undefined) {
    if (options.apiKey === undefined || !equalKeys(key, options.apiKey)) {
      throw new Problem(
        401,
        'key_unknown',
        'This API key is not known here. Check the Authorization header.',
      );
    }
    return { tenant, subject: 'administrator-key' };
  }
  if (options.mode === 'development' && isLoopbackHost(options.host)) {
    requireLoopback(request);
    return { tenant, subject: 'local' };
  }
  throw new Problem(
    401,
    'key_missing',
    'Send `Authorization: Bearer <key>`; ONCEOVER_API_KEY is the first administrator key.',
  );
}

function tenantOf(request: FastifyRequest): string {
  const tenant = request.headers['onceover-tenant'] ?? 'default';
  if (typeof tenant !== 'string' || !/^[a-z0-9-]{1,64}$/.test(tenant)) {
    throw new Problem(400, 'tenant_invalid', 'Onceover-Tenant must match [a-z0-9-]{1,64}.');
  }
  return tenant;
}

function bearerKey(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const found = /^Bearer ([\x21-\x7e]+)$/i.exec(header);
  if (found?.[1] === undefined) throw new Problem(401, 'key_unknown', 'Send `Authorization: Bearer <key>`.');
  return found[1];
}

function equalKeys(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

// A web page on the same machine must not act through a developer's runner: its Origin, or after a DNS rebinding
// its Host, gives it away.
function requireLoopback(request: FastifyRequest): void {
  const { host, origin } = request.headers;
  const hostName = host === undefined ? undefined : urlHost(`http://${host}`);
  const originName = origin === undefined ? undefined : urlHost(origin);
  if (
    hostName === undefined ||
    !isLoopbackHost(hostName) ||
    (origin !== undefined && !isLoopbackHost(originName ?? ''))
  ) {
    throw new Problem(
      403,
      'not_loopback',
      'Without a key, only this machine itself may call: Host and Origin must be loopback.',
    );
  }
}

function urlHost(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

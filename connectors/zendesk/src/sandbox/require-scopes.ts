import type { TokenBook } from '@onceover/connector-kit/sandbox';
import { missingScopes } from './zendesk-problems.ts';

/** A token needs `tickets:read`, or `read` on everything. Undefined when the request's token has them all. */
export function refuseWithout(
  scopes: readonly string[],
  request: Request,
  tokens: TokenBook,
): Response | undefined {
  const token = /^bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
  const granted = tokens.scopesOf(token) ?? [];
  const missing = scopes.filter(
    (scope) => !granted.includes(scope) && !granted.includes(scope.slice(scope.indexOf(':') + 1)),
  );
  return missing.length === 0 ? undefined : missingScopes(missing);
}

import type { Auth } from '../auth.ts';
import { readPointer, readPointerText } from '../json.ts';

/**
 * The scopes that a token answer (or introspection) grants, sorted; undefined when the vendor does not tell and
 * they must be probed or taken from the app.
 */
export function readGrantedScopes(auth: Auth, answer: unknown): readonly string[] | undefined {
  const from = auth.grantedFrom;
  switch (from.kind) {
    case 'scope-string': {
      const text = readPointerText(answer, from.pointer);
      return text === undefined ? undefined : scopeSet(text.split(from.separator));
    }
    case 'scope-array':
    case 'introspection': {
      const list = readPointer(answer, from.pointer);
      if (Array.isArray(list)) {
        return scopeSet(list.filter((scope): scope is string => typeof scope === 'string'));
      }
      return typeof list === 'string' ? scopeSet(list.split(' ')) : undefined;
    }
    case 'probe':
    case 'app':
      return undefined;
  }
}

function scopeSet(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes.map((scope) => scope.trim()))].filter((scope) => scope !== '').sort();
}

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
      return text
        ?.split(from.separator)
        .map((scope) => scope.trim())
        .filter((scope) => scope !== '')
        .sort();
    }
    case 'scope-array':
    case 'introspection': {
      const list = readPointer(answer, from.pointer);
      if (Array.isArray(list))
        return list.filter((scope): scope is string => typeof scope === 'string').sort();
      return typeof list === 'string'
        ? list
            .split(' ')
            .filter((scope) => scope !== '')
            .sort()
        : undefined;
    }
    case 'probe':
    case 'app':
      return undefined;
  }
}

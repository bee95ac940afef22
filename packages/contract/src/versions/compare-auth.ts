import type { Auth, SecretFact } from '../auth.ts';
import {
  at,
  compareNames,
  compareValue,
  harmless,
  type ManifestChange,
  pair,
  widening,
} from './manifest-change.ts';

/** Where our secrets and tokens go, and what they open. */
export function compareAuth(before: Auth, after: Auth): ManifestChange[] {
  const { scopes: oldScopes, secrets: oldSecrets, source: _old, ...oldFacts } = before;
  const { scopes, secrets, source: _new, ...facts } = after;
  // What is not named here goes by its own name: a fact that is added to the contract later counts as wider.
  const names = new Set([...Object.keys(oldFacts), ...Object.keys(facts)]) as Set<keyof typeof facts>;
  return [
    ...compareScopes(oldScopes, scopes),
    ...compareSecrets(oldSecrets, secrets),
    ...[...names].flatMap((name) =>
      compareValue(
        {
          area: hostFacts.has(name) ? 'host' : 'credential',
          path: at('auth', name),
          noun: name,
          weight: harmlessFacts.has(name) ? harmless : widening,
        },
        oldFacts[name],
        facts[name],
      ),
    ),
  ];
}

/** Hosts that get a client secret, a code or a token. */
const hostFacts = new Set<string>([
  'authorizeUrl',
  'tokenUrl',
  'revokeUrl',
  'introspectUrl',
  'issuer',
  'instanceUrl',
]);
const harmlessFacts = new Set<string>(['refresh', 'defaultLifetimeSeconds', 'tokenBody']);

function compareScopes(before: Auth['scopes'], after: Auth['scopes']): ManifestChange[] {
  const common = Object.keys(after).filter((name) => Object.hasOwn(before, name));
  return [
    ...compareNames(
      { area: 'scope', path: '/auth/scopes', noun: 'scope', added: widening, removed: harmless },
      Object.keys(before),
      Object.keys(after),
    ),
    ...common.flatMap((name) => [
      ...compareValue(
        { area: 'scope', path: at('auth', 'scopes', name), noun: `reason of ${name}`, weight: harmless },
        before[name]?.reason,
        after[name]?.reason,
      ),
      ...compareValue(
        {
          area: 'scope',
          path: at('auth', 'scopes', name),
          noun: `whether ${name} is always asked for`,
          weight: after[name]?.always === true ? widening : harmless,
        },
        before[name]?.always ?? false,
        after[name]?.always ?? false,
      ),
    ]),
  ];
}

function compareSecrets(before: readonly SecretFact[], after: readonly SecretFact[]): ManifestChange[] {
  const { both } = pair(before, after);
  return [
    ...compareNames(
      { area: 'secret', path: '/auth/secrets', noun: 'secret', added: widening, removed: harmless },
      before.map(({ name }) => name),
      after.map(({ name }) => name),
    ),
    ...both.flatMap(({ before: old, after: now }) => {
      const path = at('auth', 'secrets', now.name);
      const {
        source: _oldSource,
        page: _oldPage,
        steps: _oldSteps,
        verified: _oldVerified,
        ...oldFacts
      } = old;
      const { source: _source, page: _page, steps: _steps, verified: _verified, ...facts } = now;
      const told = compareValue({ area: 'secret', path, noun: now.name, weight: widening }, oldFacts, facts);
      if (told.length > 0) return told;
      return compareValue(
        { area: 'fact', path, noun: `how to issue ${now.name}`, weight: harmless },
        old,
        now,
      );
    }),
  ];
}

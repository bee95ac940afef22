import type { Manifest } from '@onceover/contract';
import type { MissingScope } from '@onceover/store';

/** How what a vendor granted differs from what the manifest declares. */
export interface ScopeFindings {
  /** Declared and not granted, with the operations that cannot run without it; none: the vendor wants it in each grant. */
  missing: readonly MissingScope[];
  /** Granted and not declared. */
  excess: readonly string[];
}

/** @param granted null when the vendor does not tell: then nothing is found */
export function findScopeDifferences(
  { auth, operations }: Manifest,
  granted: readonly string[] | null,
): ScopeFindings {
  if (granted === null) return { missing: [], excess: [] };
  const declared = Object.keys(auth.scopes);
  return {
    missing: declared
      .filter((scope) => !granted.includes(scope))
      .map((scope) => ({
        scope,
        operations: operations.filter(({ scopes }) => scopes.includes(scope)).map(({ name }) => name),
      })),
    excess: granted.filter((scope) => !declared.includes(scope)),
  };
}

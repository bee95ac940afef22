import type { SecretOwner } from '../vault/secret-place.ts';

/** What all labels of a secret begin with: no other secret's, and no other database's. */
export function labelPrefix(
  labelOf: (parts: readonly string[]) => string,
  { kind, tenant, id }: SecretOwner,
  field: string,
): string {
  return `onceover-${labelOf(['rotation', kind, tenant, id, field]).slice(0, 12)}-`;
}

/** The label by which the vendor's side knows one version of a secret. */
export function labelOfVersion(
  labelOf: (parts: readonly string[]) => string,
  owner: SecretOwner,
  field: string,
  version: number,
): string {
  return `${labelPrefix(labelOf, owner, field)}${version}`;
}

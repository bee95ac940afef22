import type { HttpClient } from './operation-context.ts';

/**
 * Rotation hooks of one secret: create ▸ set ▸ test ▸ (finish: the runtime's own transaction) ▸ revoke, and
 * reconcile. Each is idempotent by (owner of the secret, version); the runtime holds the lease. A hook reaches the
 * vendor only through `http`, and names secrets, never their values, except where the vendor mints one.
 */
export interface RotationContext {
  http: HttpClient;
  signal: AbortSignal;
  secret: string;
  version: number;
}

export interface RotationHooks {
  /** Vendor-issued: mints a new secret and returns it to the broker. Runtime-issued secrets are stored first. */
  create?(context: RotationContext): Promise<{ vendorSecretId: string }>;
  /** Tells the vendor about the new secret. */
  set?(context: RotationContext & { vendorSecretId?: string }): Promise<void>;
  /** Proves the new secret: whose it is and what it may do. */
  test?(context: RotationContext): Promise<{ principal: string; scopes: readonly string[] | undefined }>;
  /** Ends the old secret. The runtime proves it by a use that must fail. */
  revoke?(context: RotationContext & { vendorSecretId?: string }): Promise<void>;
  /** Lists the vendor's secrets, so that orphans are found. */
  reconcile?(context: RotationContext): Promise<readonly { vendorSecretId: string; createdAt?: string }[]>;
}

/** Hooks by the name of the secret in `auth.secrets`. */
export type Rotation = Readonly<Record<string, RotationHooks>>;

import type { CallTemplate } from './interpreters/match-call.ts';
import type { ConnectionFacts, HttpRequest, HttpResponse } from './operation-context.ts';

/** A version of the secret by its part in the rotation: in use, about to be, or no longer. */
export type SecretPart = 'current' | 'pending' | 'previous';

/** A request of a rotation hook. Its calls, and where a secret is put or found in them, are in the manifest. */
export interface RotationRequest extends HttpRequest {
  /**
   * Where the broker puts the pending secret: a JSON pointer into `json`, or `/name` of a field of `form`. The
   * manifest's `placed` must name the same place.
   */
  place?: string;
}

export interface RotationHttp {
  request(request: RotationRequest): Promise<HttpResponse>;
}

/**
 * What a hook is told. It names the secret and never holds its value: the broker puts it into requests (`placed`),
 * takes it out of answers (`withholds`), and redacts it everywhere else.
 */
export interface RotationContext {
  http: RotationHttp;
  /** Aborted when the step's time is over. */
  signal: AbortSignal;
  /** Name of the secret in `auth.secrets`. */
  secret: string;
  /** The version that this step makes, tests or ends. */
  version: number;
  /** A label for the vendor's side: the same for each attempt at this version, and no other's. */
  reference: string;
  /** The vendor's id of this version, where it is known. */
  vendorSecretId: string | undefined;
  /**
   * The version that the requests carry, where the secret is itself the credential; `test` runs for `current`,
   * `pending`, and for `previous`, where it must fail.
   */
  as: SecretPart;
  /** The vendor's id of the webhook subscription that we keep; null: we know of none. */
  subscription: string | null;
  /** Null: the secret is a registration's. */
  connection: ConnectionFacts | null;
  /** Our client, where there is one. */
  registration: { clientId: string | null; appId: string | null } | null;
}

/** A secret as the vendor lists it, without its value. */
export interface VendorSecret {
  vendorSecretId: string;
  /** The label that it was made with, where the vendor keeps one. */
  reference?: string;
  createdAt?: string;
}

/**
 * The steps of a rotation at the vendor: create ▸ set ▸ test ▸ (finish: the broker's own transaction) ▸ revoke, and
 * reconcile. Each may run again after a crash and is idempotent by `reference`; the broker holds the lease.
 */
export interface RotationHooks {
  /** Vendor-issued: has the vendor mint a secret. Its value is taken from the answer by the broker. */
  create?(context: RotationContext): Promise<{ vendorSecretId: string }>;
  /** Runtime-issued: tells the vendor the pending secret, which is stored before. */
  set?(context: RotationContext): Promise<{ vendorSecretId?: string }>;
  /** Uses the secret: whose it is and what it may do. A secret that does not hold is an authentication error. */
  test?(context: RotationContext): Promise<{ principal: string; scopes?: readonly string[] }>;
  /** Ends a secret. One that is gone already is no error. */
  revoke?(context: RotationContext): Promise<void>;
  /** Lists the vendor's secrets, so that those that nobody uses are found. */
  reconcile?(context: RotationContext): Promise<readonly VendorSecret[]>;
}

/** A call and a place in its body: a JSON pointer, in which `*` stands for each element of an array. */
export interface SecretPlaceInCall {
  call: CallTemplate;
  pointer: string;
}

/** How one secret is rotated at the vendor: the hooks, and all that they may do. */
export interface SecretRotation {
  hooks: RotationHooks;
  /** Scopes that the hooks' calls need. */
  scopes?: readonly string[];
  reads?: readonly CallTemplate[];
  writes?: readonly CallTemplate[];
  /** Where answers hold the secret, which the broker keeps: the code sees a mark in its place. */
  withholds?: readonly SecretPlaceInCall[];
  /** Where requests may be given the pending secret. */
  placed?: readonly SecretPlaceInCall[];
}

/** How secrets are rotated, by their names in `auth.secrets`. */
export type Rotation = Readonly<Record<string, SecretRotation>>;

/** A registration as the config names it. Secrets and `origin` are for development. */
export interface RegistrationConfig {
  id: string;
  connector: string;
  clientId: string;
  clientSecret?: string | undefined;
  appId?: string | undefined;
  /** The newest first. */
  webhookSecret?: string | readonly string[] | undefined;
  /** Replaces scheme, host and port of every URL of the connector. Loopback only. */
  origin?: string | undefined;
}

/** A connection as the config names it. Secrets and `origin` are for development. */
export interface ConnectionConfig {
  id: string;
  connector: string;
  /** `default` unless given. */
  tenant?: string | undefined;
  registration?: string | undefined;
  /** What the trigger's account pointer yields. */
  account?: string | undefined;
  variables?: Readonly<Record<string, string>> | undefined;
  /** Who answers for it. */
  owner: string;
  /** The service account that it acts as at the vendor. */
  identity?: string | undefined;
  /** Why a mailbox that several people read may be the identity all the same. */
  identityException?: { readonly reason: string } | undefined;
  /** Pins the connector's version. */
  version?: string | undefined;
  origin?: string | undefined;
  credentials?: { readonly accessToken: string } | undefined;
  webhookSecret?: string | readonly string[] | undefined;
  /**
   * What part of the connector's declared limits it may use: 0.5 leaves half to others, 4 is for an account that has more.
   * With a development `origin` the declared figures hold only when this is given.
   */
  rateLimits?: { readonly scale: number } | undefined;
}

export interface ConnectionsConfig {
  registrations: readonly RegistrationConfig[];
  connections: readonly ConnectionConfig[];
}

import type { ConnectorSource, LoadedConnector } from '@onceover/broker';
import type { ConnectionListRow } from '@onceover/store';
import type { KnownEventType, KnownFlow } from '../automations/catalog.ts';

/** An event type as the API shows it; `example` is valid data. */
export interface ShownEventType {
  name: string;
  version: number;
  type: string;
  summary: string;
  /** JSON Schema of the data. */
  schema: unknown;
  example: unknown;
}

export function showEventType(known: KnownEventType): ShownEventType {
  const { name, version, type, summary, jsonSchema, example } = known;
  return { name, version, type, summary, schema: jsonSchema, example };
}

export interface ShownFlow {
  id: string;
  version: number;
  tenant: string;
  on: string;
  owner: string;
  tier: string;
  runbook: string;
  lane: { onDeadLetter: 'release' | 'hold' };
  retry: { maxAttempts: number; maxHours: number };
  steps: readonly { id: string; kind: string; operation?: string; event?: string }[];
}

export function showFlow({ tenant, on, description }: KnownFlow): ShownFlow {
  const { id, version, owner, tier, runbook, lane, retry } = description;
  return {
    id,
    version,
    tenant,
    on: on.type,
    owner,
    tier,
    runbook,
    lane,
    retry,
    steps: description.steps.map((step) => ({
      id: step.id,
      kind: step.kind,
      ...(step.kind === 'operation' ? { operation: step.operation } : {}),
      ...(step.kind === 'emit' ? { event: step.event } : {}),
    })),
  };
}

export interface ShownConnection {
  id: string;
  connector: string;
  registration: string | null;
  account: string | null;
  owner: string;
  identity: string | null;
  /** Why a shared mailbox may be the identity. */
  identityException: string | null;
  managedBy: string;
  createdAt: string;
  status: ConnectionListRow['status'];
  /** Why it is not authorised, or what the token endpoint's last trouble was. */
  reason: string | null;
  scopes: {
    /** Null: the vendor does not tell. */
    granted: readonly string[] | null;
    missing: ConnectionListRow['missingScopes'];
    excess: readonly string[];
  };
  authorizedBy: string | null;
  authorizedAt: string | null;
  accessExpiresAt: string | null;
  /** While none of its calls goes out; null otherwise. */
  heldBack: {
    /** A breaker lets one call try then. */
    until: string;
    /** What the vendor answered (`http_429`), or `breaker`: it keeps failing. */
    reason: string;
  } | null;
}

export function showConnection(row: ConnectionListRow): ShownConnection {
  const { id, connector, registration, account, identity, identityException, managedBy } = row;
  const { responsible, createdAt, status, reason, authorizedBy, authorizedAt, expiresAt } = row;
  const { heldUntil, heldBy } = row;
  return {
    id,
    connector,
    registration,
    account,
    owner: responsible,
    identity,
    identityException,
    managedBy,
    createdAt: createdAt.toISOString(),
    status,
    reason,
    scopes: { granted: row.grantedScopes, missing: row.missingScopes, excess: row.excessScopes },
    authorizedBy,
    authorizedAt: authorizedAt?.toISOString() ?? null,
    accessExpiresAt: expiresAt?.toISOString() ?? null,
    heldBack: heldUntil && { until: heldUntil.toISOString(), reason: heldBy ?? '' },
  };
}

export interface ShownConnector {
  id: string;
  title: string;
  version: string;
  domain: string;
  specVersion: string;
  packageName: string;
  source: ConnectorSource;
  integrity: string;
  egress: readonly string[];
  scopes: readonly string[];
  operations: readonly { name: string; kind: string; impact: string }[];
  triggers: readonly { name: string; kind: string; events: readonly string[] }[];
}

export function showConnector({
  version,
  packageName,
  source,
  integrity,
  manifest,
}: LoadedConnector): ShownConnector {
  const { id, title, domain, specVersion, egress, auth, operations, triggers } = manifest;
  return {
    id,
    title,
    version,
    domain,
    specVersion,
    packageName,
    source,
    integrity,
    egress,
    scopes: Object.keys(auth.scopes),
    operations: operations.map(({ name, kind, impact }) => ({ name, kind, impact })),
    triggers: triggers.map(({ name, kind, events }) => ({ name, kind, events })),
  };
}

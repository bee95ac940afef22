import { AuthenticationError, ConflictError, type SecretFact } from '@onceover/contract';
import { listSecretVersions, type Queryable, type RotationRow, setSecretState } from '@onceover/store';
import type { Secret } from '../secret.ts';
import { isCredential, type SecretValues } from './hook-credential.ts';
import { acceptsClient } from './prove-client.ts';
import { labelOfVersion } from './rotation-label.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { hookFacts, type StepFacts, type StepResult } from './rotation-step.ts';
import { hasHook, type HookResult, replyOf, runHook } from './run-hook.ts';
import { currentAndPending } from './secret-values.ts';

/** How long a delivery that is signed with the new secret is waited for before a person should look. */
const deliveryDueSeconds = 3 * 86_400;
export const personDueSeconds = 7 * 86_400;
/** A vendor that spreads its secrets slowly refuses a new one at first. */
const patience = 5;

/**
 * Proves the pending secret: by the connector's own use of it, by the token endpoint, or by a delivery that is signed
 * with it. A secret that the vendor refuses goes back to whoever made it.
 */
export async function testStep(facts: StepFacts, ports: RotationPorts): Promise<StepResult> {
  const { row, holder, fact } = facts;
  const values = await currentAndPending(facts, ports);
  if (values.pending === undefined) {
    throw new ConflictError('The pending secret is gone: a config or a person has replaced it', {
      code: 'pending_gone',
    });
  }
  if (hasHook(holder, fact.name, 'test')) return testByHook(facts, values, ports);
  if (fact.uses.includes('oauth')) return testByTokenEndpoint(facts, values.pending, ports);
  if (row.seenAt !== null) return passed({ by: 'delivery' });
  // Without a predecessor nothing could break, and after a compromise nothing is waited for.
  if (row.replaces === null || row.reason === 'compromised') return passed({ by: 'nothing' });
  return {
    change: { step: 'test', waitingFor: 'delivery', dueInSeconds: deliveryDueSeconds },
    kind: 'rotation-parked',
    payload: { waitingFor: 'delivery' },
  };
}

function passed(payload: object): StepResult {
  return { change: { step: 'finish' }, kind: 'rotation-tested', payload };
}

async function testByTokenEndpoint(
  facts: StepFacts,
  pending: Secret,
  ports: RotationPorts,
): Promise<StepResult> {
  const accepted = await acceptsClient(facts.holder, pending, ports, facts.signal);
  if (accepted === false)
    return refused(facts, ports, 'the token endpoint does not accept our client with it');
  return passed({ by: accepted === undefined ? 'nothing' : 'token endpoint' });
}

async function testByHook(facts: StepFacts, values: SecretValues, ports: RotationPorts): Promise<StepResult> {
  const { holder, fact } = facts;
  const call = { ...hookFacts(facts), hook: 'test', values } as const;
  const before =
    values.current === undefined ? undefined : await runHook(holder, { ...call, as: 'current' }, ports);
  const after = await runHook(holder, { ...call, as: 'pending' }, ports);
  if (isRefused(after, fact)) return refused(facts, ports, 'the vendor does not accept it');
  const { principal, scopes } = replyOf(after);
  if (isCredential(fact) && !after.seen.accepted) {
    throw new ConflictError('The connector’s test did not use the secret', { code: 'secret_not_tested' });
  }
  // Whose the old one is must be known, unless the vendor accepts it no more.
  const owner = before === undefined || isRefused(before, fact) ? undefined : replyOf(before).principal;
  if (owner !== undefined && owner !== principal) {
    return unfit(facts, ports, `it is ${principal ?? 'nobody'}’s, and the one in use is ${owner}’s`);
  }
  const granted = holder.connection?.grantedScopes;
  const more = granted == null ? [] : (scopes ?? []).filter((scope) => !granted.includes(scope));
  if (more.length > 0) return unfit(facts, ports, `it may do more than was granted: ${more.join(', ')}`);
  return passed({ by: 'use', principal: principal ?? null, scopes: scopes ?? null });
}

/** What is no credential is refused by the connector's word alone: a 401 is about the token that asked for it. */
function isRefused({ seen, reply }: HookResult, fact: SecretFact): boolean {
  const isSaid = 'error' in reply && reply.error instanceof AuthenticationError;
  return isCredential(fact) ? seen.refused || isSaid : isSaid && !seen.refused;
}

/** @throws {AuthenticationError} while a vendor may still learn of its own secret */
function refused(facts: StepFacts, ports: RotationPorts, why: string): StepResult {
  const { issuer, failures } = facts.row;
  if (issuer !== 'person' && failures + 1 < patience) {
    throw new AuthenticationError(`The new secret was not accepted: ${why}`, {
      code: 'secret_refused',
      retry: 'later',
    });
  }
  return unfit(facts, ports, why);
}

/** @throws {ConflictError} when no person can give another one */
function unfit(facts: StepFacts, ports: RotationPorts, why: string): StepResult {
  const { row, holder } = facts;
  const detail = `The new secret was not accepted: ${why}`;
  if (row.issuer !== 'person') throw new ConflictError(detail, { code: 'secret_unfit' });
  return {
    change: { step: 'create', waitingFor: 'person', dueInSeconds: personDueSeconds, lastFailure: detail },
    kind: 'rotation-refused',
    payload: { detail, version: row.version },
    async within(db) {
      await dropPending(db, row);
      const version = (await newestVersion(db, row)) + 1;
      return { version, reference: labelOfVersion(ports.labelOf, holder.secrets, row.field, version) };
    },
  };
}

/** The rotation ends without a new secret; the one in use stays. */
export function failed({ row }: Pick<StepFacts, 'row'>, detail: string): StepResult {
  return {
    change: { step: null, outcome: 'failed', detail },
    kind: 'rotation-failed',
    payload: { detail },
    within: (db) => dropPending(db, row),
  };
}

/** The rotation's own pending version is in use no more, if it is stored. */
export async function dropPending(
  db: Queryable,
  { owner, field, version }: Pick<RotationRow, 'owner' | 'field' | 'version'>,
): Promise<void> {
  const all = await listSecretVersions(db, { owner, field });
  if (all.some((one) => one.version === version && one.state === 'pending')) {
    await setSecretState(db, { owner, field, version, state: 'retired' });
  }
}

async function newestVersion(db: Queryable, row: RotationRow): Promise<number> {
  const [newest] = await listSecretVersions(db, { owner: row.owner, field: row.field });
  return Math.max(newest?.version ?? 0, row.version);
}

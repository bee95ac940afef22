import type { SecretFact } from '@onceover/contract';
import type { RotationRow, SecretOwnerRow } from '@onceover/store';

/** A rotation as operators see it. */
export interface RotationState {
  id: string;
  secret: string;
  /** The version that it makes, and the one that this takes the place of. */
  version: number;
  replaces: number | null;
  issuer: RotationRow['issuer'];
  reason: RotationRow['reason'];
  askedBy: string;
  /** What is done next; null when it is over. */
  step: RotationRow['step'];
  waitingFor: RotationRow['waitingFor'] | 'overlap';
  /** Where a person gets the new secret, and how. */
  page: string | null;
  steps: readonly string[];
  dueAt: Date | null;
  /** Until when the old secret holds beside the new one. */
  revokeAt: Date | null;
  lastFailure: string | null;
  startedAt: Date;
  endedAt: Date | null;
  outcome: RotationRow['outcome'];
  /** A use of the old secret has failed. */
  proven: boolean | null;
  detail: string | null;
}

/**
 * `missing`: there is none · `ok` · `rotating`: it goes on by itself · `waiting`: for a person, or for a delivery ·
 * `overlap`: the old one still holds · `rotation_overdue`: older than it should get, or a person is late.
 */
export type SecretStanding = 'missing' | 'ok' | 'rotating' | 'waiting' | 'overlap' | 'rotation_overdue';

/** A secret as operators see it, without its value. */
export interface SecretStatus {
  secret: string;
  uses: SecretFact['uses'];
  issuer: SecretFact['issuer'];
  version: number | null;
  ageDays: number | null;
  maxAgeDays: number;
  state: SecretStanding;
  /** The last one; null when there was none. */
  rotation: RotationState | null;
}

export const defaultMaxAgeDays = 90;
const daySeconds = 86_400;

export function maxAgeDaysOf({ maxAgeDays = defaultMaxAgeDays }: SecretFact): number {
  return maxAgeDays;
}

export function stateOfRotation(row: RotationRow, fact: SecretFact): RotationState {
  const { field: secret, id, version, replaces, issuer, reason, askedBy, step, waitingFor, ...rest } = row;
  const isPersons = waitingFor === 'person';
  return {
    id,
    secret,
    version,
    replaces,
    issuer,
    reason,
    askedBy,
    step,
    waitingFor: step === 'revoke' && row.lastFailure === null ? 'overlap' : waitingFor,
    page: isPersons ? (fact.page ?? fact.source) : null,
    steps: isPersons ? (fact.steps ?? []) : [],
    dueAt: rest.dueAt,
    revokeAt: rest.revokeAt,
    lastFailure: rest.lastFailure,
    startedAt: rest.startedAt,
    endedAt: rest.endedAt,
    outcome: rest.outcome,
    proven: rest.proven,
    detail: rest.detail,
  };
}

/** How one secret stands. */
export function statusOfSecret(
  fact: SecretFact,
  current: Pick<SecretOwnerRow, 'version' | 'ageSeconds'> | undefined,
  row: RotationRow | undefined,
): SecretStatus {
  const maxAgeDays = maxAgeDaysOf(fact);
  const ageSeconds = current?.ageSeconds ?? null;
  return {
    secret: fact.name,
    uses: fact.uses,
    issuer: fact.issuer,
    version: current?.version ?? null,
    ageDays: ageSeconds === null ? null : Math.floor(ageSeconds / daySeconds),
    maxAgeDays,
    state: standing(ageSeconds, maxAgeDays, row),
    rotation: row === undefined ? null : stateOfRotation(row, fact),
  };
}

function standing(
  ageSeconds: number | null,
  maxAgeDays: number,
  row: RotationRow | undefined,
): SecretStanding {
  const isLate = row?.waitingFor != null && row.isLate;
  if (isLate || (ageSeconds !== null && ageSeconds >= maxAgeDays * daySeconds)) return 'rotation_overdue';
  if (row?.waitingFor != null) return 'waiting';
  if (row?.step === 'revoke') return 'overlap';
  if (row !== undefined && row.step !== null) return 'rotating';
  return ageSeconds === null ? 'missing' : 'ok';
}

import { randomUUID } from 'node:crypto';
import { ConflictError, NotFoundError, OnceoverError } from '@onceover/contract';
import {
  claimRotation,
  findRotation,
  hasSqlState,
  lockHookId,
  postponeRotation,
  type RotationRow,
  saveRotation,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import type { SecretOwner } from '../vault/secret-place.ts';
import { createStep } from './create-step.ts';
import { endAtVendor } from './end-at-vendor.ts';
import { finishStep } from './finish-step.ts';
import { revokeStep } from './revoke-step.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { StepFacts, StepResult } from './rotation-step.ts';
import { findHolder, type HolderName, secretOfHolder, subjectOf } from './secret-holder.ts';
import { setStep } from './set-step.ts';
import { failed, testStep } from './test-step.ts';

/** A rotation has this many steps, and a few of them twice. */
const maxSteps = 12;
const longestPauseMs = 3_600_000;

/**
 * Goes on with a rotation until it waits, fails or is over: each step under a lease, stored with its audit entry. Any
 * runner may go on from any point. What fails is noted and tried again later; nothing is thrown for it.
 */
export async function advanceRotation(
  asked: { id: string; holder: HolderName; isAsked: boolean },
  ports: RotationPorts,
): Promise<RotationRow | undefined> {
  for (let steps = 0; steps < maxSteps; steps += 1) {
    const startedAt = performance.now();
    const claim = {
      id: asked.id,
      owner: randomUUID(),
      leaseMs: ports.leaseMs,
      isAsked: asked.isAsked && steps === 0,
    };
    const row = await claimRotation(ports.store, claim);
    if (row === undefined || !(await doStep(row, asked.holder, startedAt, ports))) break;
  }
  return findRotation(ports.store, asked.id);
}

/** False: nothing more can be done now. */
async function doStep(
  row: RotationRow,
  name: HolderName,
  startedAt: number,
  ports: RotationPorts,
): Promise<boolean> {
  const untilMs = startedAt + ports.leaseMs * 0.8;
  const signal = AbortSignal.timeout(ports.leaseMs * 0.4);
  const mayStart = () => {
    if (performance.now() > untilMs) throw leaseLost();
  };
  let facts: StepFacts | undefined;
  try {
    const holder = await findHolder(name, ports);
    facts = { row, holder, fact: secretOfHolder(holder, row.field), signal, mayStart };
    await save(facts, await resultOf(facts, ports), ports);
    return true;
  } catch (error) {
    if (isFinal(error) && facts !== undefined && row.step !== 'revoke') return giveUp(facts, error, ports);
    await postpone(row, error, ports);
    return false;
  }
}

async function resultOf(facts: StepFacts, ports: RotationPorts): Promise<StepResult> {
  switch (facts.row.step) {
    case 'create':
      return createStep(facts, ports);
    case 'set':
      return setStep(facts, ports);
    case 'test':
      return testStep(facts, ports);
    case 'finish':
      return finishStep(facts);
    case 'revoke':
      return revokeStep(facts, ports);
    case null:
      throw leaseLost();
  }
}

/** Stores a step, what changes with it, and its audit entry: all or nothing, and only under the lease. */
export async function save(
  { row, holder }: Pick<StepFacts, 'row' | 'holder'>,
  result: StepResult,
  ports: RotationPorts,
): Promise<void> {
  const { store, vault, clock, counters } = ports;
  const { kind, payload, undo } = result;
  try {
    await withTransaction(store, async (db) => {
      await lockHookId(db, row.owner);
      const more = (await result.within?.(db)) ?? {};
      const change = { ...result.change, ...more, id: row.id, epoch: row.epoch };
      if (!(await saveRotation(db, change))) throw leaseLost();
      await writeChanges(db, [changeOf(row, holder.secrets, kind, payload)], clock);
    });
  } catch (error) {
    if (error instanceof ConflictError && error.code === 'rotation_lease_lost') await undo?.();
    throw error;
  } finally {
    vault.forgetRead();
  }
  counters.increment('secret_rotation_steps', { connector: holder.connector.id, step: kind });
}

/** An audit entry about a rotation. */
export function changeOf(
  row: Pick<RotationRow, 'id' | 'field' | 'version' | 'replaces'>,
  owner: SecretOwner,
  kind: string,
  payload: object = {},
) {
  const { id: rotation, field: secret, version, replaces } = row;
  return {
    tenant: owner.tenant,
    kind,
    subject: subjectOf(owner),
    payload: { rotation, secret, version, replaces, ...payload },
  };
}

function leaseLost(): ConflictError {
  return new ConflictError('Another runner has gone on with this rotation', { code: 'rotation_lease_lost' });
}

/** Trying again would change nothing. */
function isFinal(error: unknown): boolean {
  return (
    hasSqlState(error, '23505') || (error instanceof ConflictError && error.code !== 'rotation_lease_lost')
  );
}

/** Ends the rotation without a new secret, and takes back what the vendor may know of it. */
async function giveUp(facts: StepFacts, error: unknown, ports: RotationPorts): Promise<boolean> {
  const { row } = facts;
  const detail =
    error instanceof OnceoverError ? error.message : 'another version was stored meanwhile; rotate again';
  try {
    await save(facts, failed(facts, detail), ports);
    const { vendorSecretId, reference, version } = row;
    if (vendorSecretId !== null) await endAtVendor(facts, { vendorSecretId, reference, version }, ports);
  } catch (trouble) {
    ports.log.warn(
      { rotation: row.id, owner: row.owner, secret: row.field, code: codeOf(trouble) },
      'a rotation that failed could not be taken back: run reconcile',
    );
  }
  return false;
}

async function postpone(row: RotationRow, error: unknown, ports: RotationPorts): Promise<void> {
  const { store, log, random } = ports;
  const { id, epoch, owner, field, step, failures } = row;
  const retry = OnceoverError.isInstance(error) ? error.retry : 'later';
  const backoffMs = Math.min(longestPauseMs, 500 * 2 ** Math.min(failures, 14)) * (0.5 + random());
  const afterMs =
    typeof retry === 'object' ? retry.afterMs : error instanceof NotFoundError ? longestPauseMs : backoffMs;
  const message = OnceoverError.isInstance(error)
    ? error.message
    : 'unexpected; the log of the runner says more';
  log.warn(
    { rotation: id, owner, secret: field, step, code: codeOf(error), afterMs },
    'a step of a rotation failed',
  );
  await postponeRotation(store, {
    id,
    epoch,
    afterMs,
    failure: `${codeOf(error)}: ${message}`.slice(0, 500),
  });
}

function codeOf(error: unknown): string {
  if (OnceoverError.isInstance(error)) return error.code;
  return error instanceof Error ? error.name : 'unexpected';
}

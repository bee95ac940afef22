import { randomUUID } from 'node:crypto';
import { ConflictError, NotFoundError, OnceoverError, type SecretFact } from '@onceover/contract';
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
import { leaseLost, type StepFacts, stepFacts, type StepResult } from './rotation-step.ts';
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
  let facts: StepFacts | undefined;
  try {
    const holder = await findHolder(name, ports);
    facts = stepFacts({ row, holder, fact: secretOfHolder(holder, row.field) }, startedAt, ports);
    await save(facts, await resultOf(facts, ports), ports);
    return true;
  } catch (error) {
    if (isFinal(error) && facts !== undefined && row.step !== 'revoke') return giveUp(facts, error, ports);
    await postpone(row, error, ports);
    return false;
  }
}

async function resultOf(facts: StepFacts, ports: RotationPorts): Promise<StepResult> {
  const { row, fact } = facts;
  if ((row.step === 'create' || row.step === 'set') && row.issuer !== fact.issuer) {
    throw new ConflictError(issuerChanged(fact), { code: 'issuer_changed' });
  }
  switch (row.step) {
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

/** Why a rotation that another version of the connector has begun cannot go on. */
export function issuerChanged({ name, issuer }: SecretFact): string {
  return `The issuer of ${name} is the ${issuer} by now. Rotate again.`;
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
      const { payload: found, ...more } = (await result.within?.(db)) ?? {};
      const change = { ...result.change, ...more, id: row.id, epoch: row.epoch };
      if (!(await saveRotation(db, change))) throw leaseLost();
      const facts = { ...row, ...more };
      await writeChanges(db, [changeOf(facts, holder.secrets, kind, { ...payload, ...found })], clock);
    });
  } catch (error) {
    // Whether a commit failed may be unknown; these certainly kept it from being tried.
    if (undo !== undefined && (isFinal(error) || isLeaseLost(error))) await takeBack(row, undo, ports);
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

/** What fails leaves something over at the vendor: it is found by its label. */
async function takeBack(row: RotationRow, undo: () => Promise<void>, { log }: RotationPorts): Promise<void> {
  try {
    await undo();
  } catch (trouble) {
    const { id: rotation, owner, field: secret } = row;
    log.warn(
      { rotation, owner, secret, code: codeOf(trouble) },
      'what a rotation made at the vendor could not be taken back: run reconcile',
    );
  }
}

function isLeaseLost(error: unknown): boolean {
  return error instanceof ConflictError && error.code === 'rotation_lease_lost';
}

/** Trying again would change nothing. */
function isFinal(error: unknown): boolean {
  return hasSqlState(error, '23505') || (error instanceof ConflictError && !isLeaseLost(error));
}

/** Ends the rotation without a new secret, and takes back what the vendor may know of it. */
async function giveUp(facts: StepFacts, error: unknown, ports: RotationPorts): Promise<boolean> {
  const detail =
    error instanceof OnceoverError ? error.message : 'another version was stored meanwhile; rotate again';
  await takeBack(facts.row, () => endWithoutSecret(facts, detail, ports), ports);
  return false;
}

/** The rotation is over, the secret in use stays, and the vendor forgets the other one. */
export async function endWithoutSecret(
  facts: StepFacts,
  detail: string,
  ports: RotationPorts,
): Promise<void> {
  await save(facts, failed(facts, detail), ports);
  const { vendorSecretId, reference, version } = facts.row;
  if (vendorSecretId !== null) await endAtVendor(facts, { vendorSecretId, reference, version }, ports);
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

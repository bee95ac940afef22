import type { RecordedRead, RenderedWrite } from '@onceover/broker';
import {
  type ErrorData,
  type JsonValue,
  naturalKeyOf,
  type Outcome,
  ValidationError,
  type WriteManifest,
} from '@onceover/contract';
import { storable } from '../events/storable.ts';
import type { BrokerPort } from '../ports.ts';
import type { Run } from '../events/run.ts';
import type { Iterations, StoredStep } from './run.ts';

/** One record's write while a worker has it. */
export interface EffectState {
  iteration: number;
  position: number;
  record: JsonValue;
  naturalKey: string;
  key: string;
  /** 0: no call has carried it yet. */
  call: number;
  attempts: number;
  outcome: Outcome | null;
  vendorId: string | null;
  error: ErrorData | null;
  isStored: boolean;
}

/** A rendered write that was stored, and perhaps sent. */
export interface CallState {
  number: number;
  /** The effect that carries it in the database. */
  carrier: EffectState;
  write: RenderedWrite;
  reads: readonly RecordedRead[];
  /** What its last sending met; see `isDefinite`. */
  lastStatus: number | null;
  /** On the clock that only goes forward. */
  firstSentMs: number;
  lastSentMs: number;
}

/** One iteration of a write step: its records at one connection. */
export interface IterationState {
  number: number;
  connection: string;
  manifest: WriteManifest;
  effects: EffectState[];
  calls: Map<number, CallState>;
}

/**
 * The state of a write step: as it was stored, and fresh where nothing was.
 * @throws {ValidationError} when a record has no natural key or one that is too long, or two have the same at a connection
 */
export async function loadWriteState(facts: {
  run: Run;
  step: { id: string; operation: string };
  iterations: Iterations;
  stored: StoredStep | undefined;
  broker: BrokerPort;
  nowMs: number;
}): Promise<IterationState[]> {
  const { run, step, iterations, stored, broker, nowMs } = facts;
  const seen = new Set<string>();
  const states: IterationState[] = [];
  for (const [number, iteration] of iterations.entries()) {
    const { connection } = iteration;
    const { manifest } = await broker.info(run.tenant, connection, step.operation);
    if (manifest.kind !== 'write' || !('records' in iteration)) {
      throw new ValidationError(`${step.operation} is not a write at the connection ${connection}`);
    }
    const storedEffects = new Map(
      (stored?.effects ?? []).filter((one) => one.iteration === number).map((one) => [one.position, one]),
    );
    const effects = iteration.records.map((record, position): EffectState => {
      const before = storedEffects.get(position);
      const naturalKey =
        before?.naturalKey ?? newNaturalKey(manifest, record, `/${number}/records/${position}`);
      const place = `${connection}\n${naturalKey}`;
      if (seen.has(place)) {
        throw new ValidationError(
          `Step ${step.id} writes two records with the natural key of record ${position}: merge them`,
          { code: 'duplicate_record', path: `/${number}/records/${position}` },
        );
      }
      seen.add(place);
      const at = { iteration: number, position, record, naturalKey };
      if (before !== undefined) {
        const { key, call, attempts, outcome, vendorId, error } = before;
        return { ...at, key, call, attempts, outcome, vendorId, error, isStored: true };
      }
      const key = effectKeyOf(broker, run, step, { connection, iteration: number, naturalKey, revision: 0 });
      return {
        ...at,
        key,
        call: 0,
        attempts: 0,
        outcome: null,
        vendorId: null,
        error: null,
        isStored: false,
      };
    });
    const calls = new Map<number, CallState>();
    for (const { position, call, lastStatus, carried } of storedEffects.values()) {
      const carrier = effects[position];
      if (carried === null || carrier === undefined) continue;
      const { write, reads, sinceFirstSentMs, sinceSentMs } = carried;
      const firstSentMs = nowMs - sinceFirstSentMs;
      const lastSentMs = nowMs - sinceSentMs;
      calls.set(call, { number: call, carrier, write, reads, lastStatus, firstSentMs, lastSentMs });
    }
    states.push({ number, connection, manifest, effects, calls });
  }
  return states;
}

/** Longer ones identify nothing to people, and no index could hold them. */
const maxNaturalKeyLength = 512;

function newNaturalKey(manifest: WriteManifest, record: JsonValue, path: string): string {
  const naturalKey = storable(naturalKeyOf(manifest.naturalKey, record));
  if (naturalKey.length <= maxNaturalKeyLength) return naturalKey;
  throw new ValidationError(
    `The record's natural key has ${naturalKey.length} characters; at most ${maxNaturalKeyLength} are possible`,
    { code: 'natural_key_too_long', path },
  );
}

/** The same at each attempt, by any version of the flow, on any runner. */
function effectKeyOf(
  broker: Pick<BrokerPort, 'effectKey'>,
  run: Run,
  step: { id: string; operation: string },
  effect: { connection: string; iteration: number; naturalKey: string; revision: number },
): string {
  return broker.effectKey([
    run.tenant,
    effect.connection,
    step.operation,
    run.event.source,
    run.event.id,
    run.flow,
    step.id,
    String(effect.iteration),
    effect.naturalKey,
    String(effect.revision),
  ]);
}

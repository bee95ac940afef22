import type { RenderedIteration } from '@onceover/automation/host';
import type { RecordedRead, RenderedWrite } from '@onceover/broker';
import type { ErrorData, JsonValue, Outcome } from '@onceover/contract';

/** What earlier attempts stored of a run. */
export interface StoredRun {
  steps: ReadonlyMap<string, StoredStep>;
}

export interface StoredStep {
  kind: 'read' | 'write' | 'wait' | 'emit' | 'skipped';
  input: JsonValue;
  output: JsonValue | undefined;
  effects: readonly StoredEffect[];
}

export interface StoredEffect {
  iteration: number;
  position: number;
  key: string;
  naturalKey: string;
  attempts: number;
  outcome: Outcome | null;
  vendorId: string | null;
  error: ErrorData | null;
  call: number;
  /** See `isDefinite`. */
  lastStatus: number | null;
  /** Of the call's carrier, while the call is not settled. */
  carried: {
    write: RenderedWrite;
    reads: readonly RecordedRead[];
    sinceFirstSentMs: number;
    sinceSentMs: number;
  } | null;
}

export type Iterations = readonly RenderedIteration[];

/** How an attempt at a step ended. */
export type StepVerdict =
  /** `result` is what later steps see; undefined for none. */
  | { kind: 'done'; result: JsonValue | undefined }
  /** Not again by itself. */
  | { kind: 'failed'; error: ErrorData }
  /** Again after a while; `giveUp` writes down what is known when there is no again. */
  | { kind: 'retry'; error: ErrorData; giveUp?: () => void }
  /** Look again after this time: a vendor's search lags. `giveUp` as above. */
  | { kind: 'later'; waitingFor: 'outcome'; afterMs: number; error: ErrorData; giveUp?: () => void }
  /** Not before this instant; the database tells when that is. */
  | { kind: 'timer'; until: Date }
  /** A person says what became of it. */
  | { kind: 'ask'; error: ErrorData };

/** How a call's records stand after it. */
export type CallVerdict = Extract<StepVerdict, { kind: 'retry' | 'later' | 'ask' }> & {
  /** The next call would meet the same: the attempt ends here. */
  endsAttempt?: true;
};

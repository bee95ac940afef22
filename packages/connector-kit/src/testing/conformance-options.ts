import type { AppliedOutcome, ErrorData, JsonValue, KeyedRecord, MoneyCodec } from '@onceover/contract';
import type { Sandbox, SandboxDefinition } from '../sandbox/index.ts';
import type { ContractGuard } from './guard/contract-guard.ts';

/** What a connector gives to join the conformance suite. */
export interface ConformanceOptions<State> {
  sandbox: SandboxDefinition<State>;
  /** The vendor's published contract: `loadContract(…)`, or a guard of the connector's own. */
  contract: ContractGuard;
  /** Facts of the connection that the tests use. */
  connection?: { account?: string; variables?: Readonly<Record<string, string>> };
  /** One for each operation of the manifest, by its name. */
  samples: Readonly<Record<string, WriteSample<State> | ReadSample<State>>>;
  /** One for each trigger of the manifest, by its name. */
  triggers: Readonly<Record<string, TriggerSample>>;
  /** How the vendor writes money, where it has any. */
  money?: MoneyCodec<unknown>;
}

/** Puts what a sample refers to into the sandbox. */
export type Prepare<State> = (sandbox: Sandbox<State>) => void | Promise<void>;

export interface WriteSample<State> {
  kind: 'write';
  prepare?: Prepare<State>;
  /** Records of one call with different natural keys; two or more where a call may carry them. */
  records: readonly JsonValue[];
  /** The same records with other values, for an operation that changes what exists. */
  changed?: readonly JsonValue[];
  /** Records of further calls, one list a call, that take the other ways an operation declares. */
  others?: readonly (readonly JsonValue[])[];
  /** The one write that `records` become, spelled out: what catches a wrong path, field or header. */
  rendered(records: readonly KeyedRecord<JsonValue>[]): RenderedWriteSample;
  /**
   * `record` (the default): a later event may write the same record again, and it stays one record. `effect`: only
   * the same effect may be repeated (a refund), and it stays one.
   */
  repeats?: 'record' | 'effect';
  /** Outcomes that a repeat may have; `updated` and `unchanged` unless given. */
  repeated?: readonly AppliedOutcome[];
  /** For an operation whose call may carry several records. */
  batch?: {
    /** Pointer to the array of results in the vendor's answer. */
    results: string;
    /** Pointer to the array of errors, where the vendor lists them apart. */
    errors?: string;
    /** A record that the vendor refuses beside good ones, and how it fails. */
    refused: { record: JsonValue; error: Partial<ErrorData> };
  };
  /** Statuses that are answers and not errors, by the call they belong to. */
  accepted?: Readonly<Record<string, readonly number[]>>;
}

export interface RenderedWriteSample {
  method: string;
  path: string;
  query?: string;
  /** A JSON body as a value; a form as its text. */
  body?: JsonValue;
  headers?: Readonly<Record<string, string>>;
}

export interface ReadSample<State> {
  kind: 'read';
  /** Each with its exact output; together they make every call that the operation declares. */
  cases: readonly {
    name: string;
    prepare?: Prepare<State>;
    input: JsonValue;
    output: JsonValue;
  }[];
  /** For a list: pages are read from `input` until `/cursor` is null. */
  paging?: {
    prepare: Prepare<State>;
    input: { readonly [name: string]: JsonValue };
    /** Pointer to the items in the output, and to what makes an item one of its kind. */
    items: string;
    key: string;
    /** How many items there are, on how many pages at least. */
    count: number;
    pages: number;
  };
  /** Statuses that are answers and not errors, by the call they belong to. */
  accepted?: Readonly<Record<string, readonly number[]>>;
}

/** A delivery signed by the vendor's own SDK. */
export interface SignatureVector {
  name: string;
  secret: string;
  method: string;
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
  /** The time that was signed, where the vendor signs one. */
  signedAt?: Date;
}

export interface TriggerSample {
  /** For a webhook: at least one, made by the vendor's SDK. */
  vectors?: readonly SignatureVector[];
  /** Golden items, and the events that each becomes. */
  items: readonly {
    name: string;
    item: JsonValue;
    /** Output of the hydrating read, where the trigger hydrates this item; null when the record is gone. */
    record?: JsonValue | null;
    events: readonly { type: string; data: JsonValue; time?: string }[];
  }[];
}

import type { DeepReadonly, FlowEvent, StepShapes } from '../flows/flow.ts';

/** A part of a value: objects may leave out properties, arrays are whole. `undefined` takes an optional one away. */
export type DeepPartial<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? { readonly [Key in keyof Value]?: DeepPartial<Value[Key]> | undefined }
    : Value;

/** A step that must fail, with words of its message or its path. */
export interface ExpectedFailure {
  readonly failsWith: string;
}

export function failsWith(words: string): ExpectedFailure {
  return { failsWith: words };
}

type WithResult<Steps extends StepShapes> = {
  readonly [Id in keyof Steps as [Steps[Id]['result']] extends [never] ? never : Id]?: Steps[Id]['result'];
};

/** One line of a flow's table: an event, and what each step does with it. */
export interface FlowCase<Data, Steps extends StepShapes> {
  readonly name: string;
  /** What differs from the event type's example. */
  readonly event?: DeepPartial<Data>;
  /** The rest of the event: id, source, time, subject. */
  readonly envelope?: Partial<Omit<FlowEvent, 'data' | 'type'>>;
  /** What earlier steps gave. A write that is not named has created its records; a read must be named to be seen. */
  readonly results?: WithResult<Steps>;
  readonly expect: {
    /** The lane; null when the event waits for no other. Not compared when left out. */
    readonly lane?: string | null;
    /** Every step that is reached: what it renders, `'skipped'`, or {@link failsWith}. */
    readonly steps: {
      readonly [Id in keyof Steps]?: DeepReadonly<Steps[Id]['rendered']> | ExpectedFailure;
    };
  };
}

/** A case as `runCases` reads it, whatever the flow's types. */
export interface AnyFlowCase {
  readonly name: string;
  readonly event?: unknown;
  readonly envelope?: Partial<Omit<FlowEvent, 'data' | 'type'>>;
  readonly results?: Readonly<Record<string, unknown>>;
  readonly expect: { readonly lane?: string | null; readonly steps: Readonly<Record<string, unknown>> };
}

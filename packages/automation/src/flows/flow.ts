import type { DomainOperation, EventType, StepInput, StepResult } from '@onceover/contract';
import type { FlowFacts } from './flow-facts.ts';
import type { Schedule, scheduleDue } from './schedule.ts';

/** The event that started a run, as a flow's functions see it. */
export interface FlowEvent<Data = unknown> {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  readonly subject?: string;
  readonly data: Data;
}

/** What starts a flow. */
export type FlowStart = EventType | Schedule;

/** The data that a flow's event carries. */
export type StartData<On> = On extends EventType<infer Data> ? Data : (typeof scheduleDue)['example'];

/** What one step's map gives back: where it goes, and the records or the input of its operation. */
export type StepRendering<Operation> = { readonly connection: string } & StepInput<Operation>;

/** What a map may give: nothing that it returns is changed, so read-only data will do. */
export type DeepReadonly<Value> = Value extends object
  ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
  : Value;

/** What the types know of one step: its result for later steps, and what its map renders. */
export interface StepShape {
  /** `never` for steps without a result (wait, emit). */
  result: unknown;
  rendered: unknown;
}
export type StepShapes = Readonly<Record<string, StepShape>>;

/** What a step's functions see: the event, and the result of each operation before it under its step's id. */
export type StepContext<Data, Steps extends StepShapes> = { readonly event: FlowEvent<Data> } & {
  readonly [Id in keyof Steps as [Steps[Id]['result']] extends [never] ? never : Id]: Steps[Id]['result'];
};

/** A step over a list: `item` in `map` is each element of what `forEach` gives, in order. */
export interface ForEachMap<Context, Item, Rendering> {
  readonly forEach: (context: Context) => readonly Item[];
  readonly map: (context: Context & { readonly item: NoInfer<Item> }) => Rendering;
}

export interface StepOptions<Context> {
  /** The step is skipped, and its result undefined, unless this is true. */
  readonly when?: (context: Context) => boolean;
}

/** The instant that a wait ends: RFC 3339 text or a Date. */
export type WaitUntil<Context> = (context: Context) => string | Date;

/** An error in the shape of a type, where a step's id cannot be used. */
export type NewStepId<Id extends string, Steps> = Id extends 'event' | 'item'
  ? `"${Id}" is what a step's functions call something else: choose another step id`
  : Id extends keyof Steps
    ? `this flow already has a step "${Id}"`
    : Id;

type OperationShape<Operation, Item, Options> = {
  result:
    | ([Item] extends [never] ? StepResult<Operation> : readonly StepResult<Operation>[])
    | (Options extends { when: unknown } ? undefined : never);
  rendered:
    | ([Item] extends [never]
        ? DeepReadonly<StepRendering<Operation>>
        : readonly DeepReadonly<StepRendering<Operation>>[])
    | (Options extends { when: unknown } ? 'skipped' : never);
};

/** Adds steps to a flow. Each call gives a new flow; nothing is changed. */
export interface FlowBuilder<Data, Steps extends StepShapes> {
  /**
   * Calls an operation at a connection of the event's tenant. Later steps see its result under `id`.
   * @param map what the operation gets; pure and synchronous. `{ forEach, map }` calls it once for each element.
   */
  step<
    const Id extends string,
    Operation extends DomainOperation,
    const Rendering extends DeepReadonly<StepRendering<Operation>>,
    Item = never,
    Options extends StepOptions<StepContext<Data, Steps>> = Readonly<Record<never, never>>,
  >(
    id: NewStepId<Id, Steps>,
    operation: Operation,
    map:
      | ((context: StepContext<Data, Steps>) => Rendering)
      | ForEachMap<StepContext<Data, Steps>, Item, Rendering>,
    options?: Options & StepOptions<StepContext<Data, Steps>>,
  ): Flow<Data, Steps & Record<Id, OperationShape<Operation, Item, Options>>>;

  /** Pauses the run until an instant; at once when it has passed. */
  wait<const Id extends string>(
    id: NewStepId<Id, Steps>,
    until: WaitUntil<StepContext<Data, Steps>>,
  ): Flow<Data, Steps & Record<Id, { result: never; rendered: { readonly until: string } }>>;

  /** Publishes an event, which starts the flows that subscribe to it. */
  emit<const Id extends string, Emitted, const Rendering extends DeepReadonly<Emitted>>(
    id: NewStepId<Id, Steps>,
    event: EventType<Emitted>,
    map: (context: StepContext<Data, Steps>) => Rendering,
  ): Flow<Data, Steps & Record<Id, { result: never; rendered: DeepReadonly<Emitted> }>>;
}

/** One step as the host runs it. Its functions take the context that the builder's types describe. */
export type FlowStep =
  | {
      readonly kind: 'operation';
      readonly id: string;
      readonly operation: DomainOperation;
      readonly map: (context: object) => unknown;
      readonly forEach: ((context: object) => unknown) | undefined;
      readonly when: ((context: object) => unknown) | undefined;
    }
  | { readonly kind: 'wait'; readonly id: string; readonly until: (context: object) => unknown }
  | {
      readonly kind: 'emit';
      readonly id: string;
      readonly event: EventType;
      readonly map: (context: object) => unknown;
    };

const flowMark = Symbol.for('onceover.flow');

/** A flow whose types nobody needs to know: what hosts, descriptions and cases work with. */
export interface AnyFlow {
  readonly [flowMark]: true;
  readonly facts: FlowFacts;
  readonly on: FlowStart;
  readonly orderBy: ((context: { event: FlowEvent }) => unknown) | undefined;
  readonly steps: readonly FlowStep[];
}

declare const shape: unique symbol;

/** An automation's sequence, made by {@link defineFlow} and at least one step. */
export interface Flow<Data = unknown, Steps extends StepShapes = StepShapes>
  extends AnyFlow,
    FlowBuilder<Data, Steps> {
  /** For the types alone. */
  readonly [shape]?: { data: Data; steps: Steps };
}

export function isFlow(value: unknown): value is AnyFlow {
  return typeof value === 'object' && value !== null && flowMark in value;
}

/** Puts the mark on a flow's data. */
export function markFlow<Parts extends Omit<AnyFlow, typeof flowMark>>(parts: Parts): Parts & AnyFlow {
  return Object.freeze({ [flowMark]: true as const, ...parts });
}

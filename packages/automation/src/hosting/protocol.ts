import type { ErrorData, JsonValue } from '@onceover/contract';

/**
 * What the runtime and hosted automation code say to each other: JSON, in batches, synchronous on the code's side.
 * Answers come in the order of the calls; one call's error is its own.
 */

/** An event as flows see it. */
export interface EventView {
  id: string;
  source: string;
  type: string;
  /** RFC 3339. */
  time: string;
  subject?: string;
  data: JsonValue;
}

export type AutomationRequest =
  | { kind: 'describe' }
  /** The lane of an event in a flow. */
  | { kind: 'order-by'; calls: readonly { flow: string; event: EventView }[] }
  /** Data of an older version of an event type, turned into the version that the flow subscribes to. */
  | { kind: 'upcast'; calls: readonly { name: string; from: number; to: number; data: JsonValue }[] }
  /** What a step does next, given the results of the steps before it. */
  | {
      kind: 'render-step';
      calls: readonly {
        flow: string;
        step: string;
        event: EventView;
        results: Readonly<Record<string, JsonValue>>;
      }[];
    };

export type AutomationReply =
  | { kind: 'described'; automation: AutomationDescription }
  /** `key: null`: the flow has no key for this event, which is then a lane of its own. */
  | { kind: 'ordered'; answers: readonly ({ key: string | null } | { error: ErrorData })[] }
  | { kind: 'upcasted'; answers: readonly ({ data: JsonValue } | { error: ErrorData })[] }
  | { kind: 'rendered'; answers: readonly (RenderedStep | { error: ErrorData })[] }
  | { kind: 'error'; error: ErrorData };

export type RenderedStep =
  | { kind: 'skipped' }
  /** One iteration without `forEach`; with it, one for each item, in order. */
  | { kind: 'operation'; iterations: readonly RenderedIteration[] }
  /** RFC 3339. */
  | { kind: 'wait'; until: string }
  | { kind: 'emit'; data: JsonValue };

/** A write has `records`, a read `input`. */
export type RenderedIteration =
  | { connection: string; records: readonly JsonValue[] }
  | { connection: string; input: JsonValue };

/** Everything declarative about an automation module, as JSON. */
export interface AutomationDescription {
  flows: readonly FlowDescription[];
  /** Event types that the module itself defines. */
  events: readonly {
    name: string;
    version: number;
    type: string;
    summary: string;
    schema: JsonValue;
    example: JsonValue;
    hasUpcast: boolean;
  }[];
  policies: readonly { id: string; version: number; on: string; rules: readonly string[] }[];
}

export interface FlowDescription {
  id: string;
  version: number;
  on: { event: string } | { schedule: { zone: string; cron: string } };
  owner: string;
  runbook: string;
  tier: 'notify' | 'operational' | 'revenue' | 'regulated';
  kpi: JsonValue;
  /** Starts also for events that our own writes caused. */
  echoes: boolean;
  hasOrderBy: boolean;
  /** Lane behaviour: defaults depend on the tier. */
  lane: { onDeadLetter: 'release' | 'hold' };
  retry: { maxAttempts: number; maxHours: number };
  steps: readonly StepDescription[];
}

export type StepDescription =
  | {
      kind: 'operation';
      id: string;
      operation: string;
      mode: 'read' | 'write';
      hasWhen: boolean;
      hasForEach: boolean;
    }
  | { kind: 'wait'; id: string }
  | { kind: 'emit'; id: string; event: string };

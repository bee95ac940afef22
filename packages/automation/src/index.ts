export { defineEvent, type EventData, type EventType } from '@onceover/contract';
export { defineFlow, type FlowDefinition } from './flows/define-flow.ts';
export type {
  DeepReadonly,
  Flow,
  FlowBuilder,
  FlowEvent,
  FlowStart,
  ForEachMap,
  NewStepId,
  StartData,
  StepContext,
  StepOptions,
  StepRendering,
  StepShape,
  StepShapes,
} from './flows/flow.ts';
export type { Tier } from './flows/flow-facts.ts';
export { instantAfter } from './flows/instant-after.ts';
export { type Kpi, kpi, type KpiMoment } from './flows/kpi.ts';
export { type Schedule, schedule, scheduleDue } from './flows/schedule.ts';
export { above } from './policies/above.ts';
export {
  type Aggregate,
  allow,
  ask,
  countOf,
  type Decision,
  definePolicy,
  deny,
  type Policy,
  type PolicyCase,
  type Rule,
  type RuleContext,
  sumOf,
} from './policies/define-policy.ts';

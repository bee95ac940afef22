export { QueueFullError } from './engine/group-commit.ts';
export type { AcceptedEvents, EventProblem } from './events/accept-events.ts';
export type { AcceptedDelivery, DeliveryRequest } from './ingress/accept-delivery.ts';
export type { Refusal } from './ingress/refusal.ts';
export type {
  EventsQuery,
  Lists,
  RunsQuery,
  ShownEvent,
  ShownLane,
  ShownQuarantined,
} from './lists/create-lists.ts';
export type { Page, PageQuery } from './lists/page.ts';
export type { ShownConnection, ShownConnector, ShownEventType, ShownFlow } from './lists/show-loaded.ts';
export type { ShownEffect, ShownError, ShownRun, ShownStep } from './lists/show-run.ts';
export type { BrokerPort, Clock, LoadedAutomation, Log, Randomness } from './ports.ts';
export { createRuntime, type Runtime, type RuntimeOptions } from './runtime.ts';
export { defaultTuning, type RuntimeTuning } from './tuning.ts';

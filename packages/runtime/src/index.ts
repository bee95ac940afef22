export type { AcceptedEvents, EventProblem } from './events/accept-events.ts';
export type { BrokerPort, Clock, LoadedAutomation, Log, Randomness } from './ports.ts';
export { createRuntime, type Runtime, type RuntimeOptions, type RuntimeTuning } from './runtime.ts';

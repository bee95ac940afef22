export type { StepShapes } from '../flows/flow.ts';
export type { Difference } from './find-differences.ts';
export { type DeepPartial, type ExpectedFailure, failsWith, type FlowCase } from './flow-case.ts';
export { type CaseResult, runCases } from './run-cases.ts';

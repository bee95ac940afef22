export { AnswerDispatcher, type Answering } from './answer-dispatcher.ts';
export type { ContractGuard } from './guard/contract-guard.ts';
export { loadContract } from './guard/load-contract.ts';
export {
  type ContractOperation,
  readContract,
  type VendorContract,
  vendorContractSchema,
} from './guard/vendor-contract.ts';
export { createHandlersDispatcher } from './handlers-dispatcher.ts';
export {
  TestBroker,
  type TestBrokerOptions,
  type TestResult,
  type TestRun,
  type TestWrite,
} from './test-broker.ts';
export type { RenderedCall, TestCall } from './test-call.ts';
export type {
  ConformanceOptions,
  Prepare,
  ReadSample,
  RenderedWriteSample,
  SignatureVector,
  TriggerSample,
  WriteSample,
} from './conformance-options.ts';
export { createWorld, type World } from './world.ts';
export { conformanceLines } from './conformance-lines.ts';
export { type Conformance, defineConformance } from './define-conformance.ts';
export { describeConnector } from './describe-connector.ts';

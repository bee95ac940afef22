import type { Connector } from '@onceover/contract';
import { createManualClock, createSandbox, type ManualClock, type Sandbox } from '../sandbox/index.ts';
import type { SandboxAnswer } from '../sandbox/index.ts';
import { AnswerDispatcher } from './answer-dispatcher.ts';
import type { ConformanceOptions, Prepare } from './conformance-options.ts';
import { TestBroker } from './test-broker.ts';

/** A fresh vendor fake and a broker in front of it, watched by the vendor's contract. */
export interface World<State> {
  sandbox: Sandbox<State>;
  broker: TestBroker;
  clock: ManualClock;
  /** What the contract found wrong with requests and with the fake's answers. */
  problems: readonly string[];
  /** Changes the vendor's answers on their way back. */
  tamper(change: (answer: SandboxAnswer) => SandboxAnswer): void;
}

export async function createWorld<State>(
  connector: Connector,
  options: ConformanceOptions<State>,
  prepare?: Prepare<State>,
): Promise<World<State>> {
  const clock = createManualClock('2026-11-24T10:00:00.000Z');
  const problems: string[] = [];
  let change = (answer: SandboxAnswer) => answer;
  const sandbox = createSandbox(options.sandbox, {
    clock,
    onExchange({ request, answer }) {
      problems.push(...options.contract.answer(request, answer));
    },
  });
  const dispatcher = new AnswerDispatcher(async (request) => {
    problems.push(...options.contract.request(request));
    return change(await sandbox.answer(request));
  });
  const { account, variables } = options.connection ?? {};
  const broker = new TestBroker({
    connector,
    dispatcher,
    accessToken: sandbox.accessToken,
    ...(account === undefined ? {} : { account }),
    ...(variables === undefined ? {} : { variables }),
  });
  await prepare?.(sandbox);
  return {
    sandbox,
    broker,
    clock,
    problems,
    tamper(next) {
      change = next;
    },
  };
}

/** The ledger's entries of a resource, which an operation names with its domain. */
export function ledgerOf(sandbox: Sandbox, resource: string) {
  const name = resource.slice(resource.lastIndexOf('.') + 1);
  return sandbox.ledger.effects().filter((effect) => effect.resource === name);
}

import type { SandboxAnswer, SandboxRequest } from '../../sandbox/index.ts';

/**
 * Judges requests and answers by what a vendor published. The usual one is made by `loadContract`; a connector
 * whose vendor publishes something else writes its own.
 */
export interface ContractGuard {
  /** What is wrong with a request, a sentence each; empty when it is valid. */
  request(request: SandboxRequest): readonly string[];
  /** What is wrong with an answer. */
  answer(request: SandboxRequest, answer: SandboxAnswer): readonly string[];
  /** Sets of scopes of which one suffices; undefined where the vendor does not say. */
  scopes(call: { method: string; path: string }): readonly (readonly string[])[] | undefined;
}

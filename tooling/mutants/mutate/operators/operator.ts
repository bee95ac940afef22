import type ts from 'typescript';
import type { Change } from '../mutant.ts';

/** What a connector declares, for changes that must stay believable. */
export interface MutationContext {
  /** Scopes of the manifest, for swapping one with another. */
  scopes: readonly string[];
}

/** The changes that one kind of mutation makes to one node; most nodes get none. */
export type Operator = (node: ts.Node, context: MutationContext) => readonly Change[];

export function replaceNode(node: ts.Node, replacement: string, what?: string): Change {
  return {
    start: node.getStart(),
    end: node.end,
    replacement,
    ...(what === undefined ? {} : { what }),
  };
}

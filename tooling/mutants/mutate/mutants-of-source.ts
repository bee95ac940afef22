import { basename } from 'node:path';
import ts from 'typescript';
import type { Change, Mutant } from './mutant.ts';
import { mutateConditions } from './operators/conditions.ts';
import type { MutationContext, Operator } from './operators/operator.ts';
import { mutatePaths, mutateTemplates } from './operators/paths.ts';
import { mutateLists, mutateProperties } from './operators/properties.ts';
import { mutateKeys, mutateValues, mutateWrappers } from './operators/values.ts';
import { mutateGuarantees, mutateWords } from './operators/words.ts';
import { placeOf } from './place-of.ts';
import { isProse, proseConstantsOf } from './prose.ts';

const operators: readonly Operator[] = [
  mutatePaths,
  mutateTemplates,
  mutateWords,
  mutateGuarantees,
  mutateProperties,
  mutateLists,
  mutateValues,
  mutateWrappers,
  mutateKeys,
  mutateConditions,
];

/**
 * All mutants of one source text, in the order of the text. `name` is how ids call the file. Types, imports and
 * prose are left alone; a change that would give the same text twice is made once.
 */
export function mutantsOfSource(
  source: { file: string; name: string; text: string },
  context: MutationContext,
): readonly Mutant[] {
  const { file, name, text } = source;
  const parsed = ts.createSourceFile(basename(file), text, ts.ScriptTarget.ESNext, true);
  const proseConstants = proseConstantsOf(parsed);
  const mutants: Mutant[] = [];
  const seen = new Set<string>();
  const ids = new Map<string, number>();

  const add = (node: ts.Node, change: Change): void => {
    const { start, end, replacement } = change;
    const old = text.slice(start, end);
    if (old === replacement || seen.has(`${start}:${end}:${replacement}`)) return;
    seen.add(`${start}:${end}:${replacement}`);
    const what = change.what ?? `${old} → ${replacement}`;
    const id = `${name} ${placeOf(node)}: ${what}`.replaceAll(/\s+/g, ' ');
    const count = (ids.get(id) ?? 0) + 1;
    ids.set(id, count);
    mutants.push({
      id: count === 1 ? id : `${id} #${count}`,
      file,
      line: parsed.getLineAndCharacterOfPosition(start).line + 1,
      start,
      end,
      replacement,
    });
  };
  const visit = (node: ts.Node): void => {
    if (isLeftAlone(node) || isProse(node, proseConstants)) return;
    for (const operator of operators) for (const change of operator(node, context)) add(node, change);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(parsed, visit);
  return mutants;
}

function isLeftAlone(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  );
}

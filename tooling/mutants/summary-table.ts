import type { ConnectorSources } from './connector-sources.ts';
import type { Equivalents } from './equivalents.ts';
import type { TriedMutant } from './try-connector.ts';

/** How each connector did, and all together. */
export function summaryTable(
  tried: ReadonlyMap<ConnectorSources, readonly TriedMutant[]>,
  equivalents: Equivalents,
): string {
  const rows = [...tried].map(([{ id }, mutants]) => row(id, mutants, equivalents));
  const total = row('all', [...tried.values()].flat(), equivalents);
  const head = [
    'connector',
    'mutants',
    'killed',
    'of them at load',
    'of them by time',
    'equivalent',
    'survivors',
  ];
  const lines = [head, ...rows, ...(rows.length > 1 ? [total] : [])];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

function row(name: string, mutants: readonly TriedMutant[], equivalents: Equivalents): string[] {
  const killed = mutants.flatMap(({ verdict }) => (verdict.killed ? [verdict] : []));
  const survived = mutants.filter(({ verdict }) => !verdict.killed);
  const explained = survived.filter(({ mutant }) => equivalents.has(mutant.id)).length;
  return [
    name,
    mutants.length,
    killed.length,
    killed.filter(({ by }) => by === 'load').length,
    killed.filter(({ by }) => by === 'time').length,
    explained,
    survived.length - explained,
  ].map(String);
}

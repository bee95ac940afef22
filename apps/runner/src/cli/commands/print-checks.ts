import type { ConnectionCheck } from '../../http/connection-checks.ts';

const marks = { ok: '✓', warning: '!', failed: '✗', not_checked: '–' } as const;

/** The check list of a connection, with what is left for a person to do. */
export function printChecks(checks: readonly ConnectionCheck[], print: (line: string) => void): void {
  for (const { item, state, detail, steps = [], page } of checks) {
    print(`${marks[state]} ${item.padEnd(21)} ${detail}`);
    for (const [index, step] of steps.entries()) print(`    ${index + 1}. ${step}`);
    if (page !== undefined) print(`    ${page}`);
  }
}

/** Whether processes of other users can be started, as `strict` does. */
export const isRoot = process.getuid?.() === 0;

/**
 * The levels of isolation that are tested. For root `strict` is a must: where it cannot be had, its tests fail. An
 * ordinary user cannot have it, and is told what was not tried.
 */
export const testedLevels = isRoot ? (['permission', 'strict'] as const) : (['permission'] as const);

if (!isRoot) process.stderr.write('NOT RUN: everything at the isolation level "strict", which takes root.\n');

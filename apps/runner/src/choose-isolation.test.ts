import type { AvailableIsolation, IsolationLevel } from '@onceover/broker';
import { expect, test } from 'vitest';
import { chooseIsolation } from './choose-isolation.ts';

/** A machine that offers these levels. */
function choose(
  mode: 'development' | 'production',
  isolation: IsolationLevel | undefined,
  offered: readonly IsolationLevel[],
) {
  const warnings: string[] = [];
  const detect = async (levels: readonly IsolationLevel[]): Promise<AvailableIsolation> => ({
    levels: [...levels.filter((level) => offered.includes(level)), 'inline'],
    missing: Object.fromEntries(
      levels.filter((level) => !offered.includes(level)).map((level) => [level, `no ${level} here`]),
    ),
  });
  const chosen = chooseIsolation({ mode, isolation }, { warn: (text) => void warnings.push(text), detect });
  return { chosen, warnings };
}

test.each([
  ['development', undefined, ['strict', 'permission'], 'permission'],
  ['development', undefined, [], 'inline'],
  ['development', 'inline', ['strict', 'permission'], 'inline'],
  ['development', 'strict', ['strict', 'permission'], 'strict'],
  ['production', undefined, ['strict', 'permission'], 'strict'],
  ['production', undefined, ['permission'], 'permission'],
  ['production', 'permission', ['strict', 'permission'], 'permission'],
] as const)('%s, asked for %s, offered %j: %s', async (mode, isolation, offered, level) => {
  expect(await choose(mode, isolation, offered).chosen).toBe(level);
});

test.each([
  ['production', 'inline', ['strict', 'permission'], 'isolation_inline'],
  ['production', undefined, [], 'isolation_not_available'],
  ['production', 'strict', ['permission'], 'isolation_not_available'],
  ['development', 'strict', ['permission'], 'isolation_not_available'],
  ['development', 'permission', [], 'isolation_not_available'],
] as const)('%s, asked for %s, offered %j: the start is refused', async (mode, isolation, offered, code) => {
  await expect(choose(mode, isolation, offered).chosen).rejects.toMatchObject({ code });
});

test('what is weaker than it could be is told, with the reason', async () => {
  const production = choose('production', undefined, ['permission']);
  await production.chosen;
  expect(production.warnings).toEqual([expect.stringContaining('strict: no strict here')]);
  const development = choose('development', undefined, []);
  await development.chosen;
  expect(development.warnings).toEqual([expect.stringContaining('not isolated: permission: no permission')]);
});

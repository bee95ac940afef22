import { type AvailableIsolation, detectIsolation, type IsolationLevel } from '@onceover/broker';
import { ConfigurationError } from '@onceover/contract';
import type { Environment } from './environment.ts';

type Isolated = Exclude<IsolationLevel, 'inline'>;

/**
 * How code is held. What ONCEOVER_ISOLATION names must be there; without it production takes the best that the machine
 * offers, and development `permission`, which needs no rights and starts quickly.
 * @throws {ConfigurationError} `isolation_inline`, `isolation_not_available`, with the reason
 */
export async function chooseIsolation(
  { mode, isolation }: Pick<Environment, 'mode' | 'isolation'>,
  options: {
    warn: (message: string) => void;
    detect?: (levels: readonly Isolated[]) => Promise<AvailableIsolation>;
  },
): Promise<IsolationLevel> {
  const { warn, detect = detectIsolation } = options;
  if (isolation === 'inline') {
    if (mode === 'development') return isolation;
    throw new ConfigurationError(
      'inline isolation is not for production: connector code could read all that the runner can. Unset ONCEOVER_ISOLATION for the best that this machine offers.',
      { code: 'isolation_inline' },
    );
  }
  const wanted: Isolated[] =
    isolation !== undefined ? [isolation] : mode === 'production' ? ['strict', 'permission'] : ['permission'];
  const { levels, missing } = await detect(wanted);
  const best = levels.find((level) => level !== 'inline');
  const reasons = Object.entries(missing).map(([level, reason]) => `${level}: ${reason}`);
  if (best !== undefined) {
    if (reasons.length > 0) warn(`a better isolation is not to be had here: ${reasons.join('; ')}`);
    return best;
  }
  if (isolation === undefined && mode === 'development') {
    warn(`connector code is not isolated: ${reasons.join('; ')}`);
    return 'inline';
  }
  throw new ConfigurationError(
    `${isolation === undefined ? 'Isolated hosts' : `ONCEOVER_ISOLATION=${isolation}`} cannot be had on this machine. ${reasons.join('; ')}`,
    { code: 'isolation_not_available' },
  );
}

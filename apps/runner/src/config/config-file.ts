import { join } from 'node:path';
import type { Environment } from '../environment.ts';

/** The config that commands of this working directory use; it need not be there. */
export function configFileOf({ configFile }: Pick<Environment, 'configFile'>): string {
  return configFile ?? join(process.cwd(), 'onceover.config.ts');
}

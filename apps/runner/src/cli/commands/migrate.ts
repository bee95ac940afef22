import { ConfigurationError } from '@onceover/contract';
import { Command } from 'commander';
import type { CliContext } from '../main.ts';

/** `onceover migrate`: brings the database to this version's schema. */
export function migrateCommand({ environment: read, print }: CliContext): Command {
  return new Command('migrate')
    .description('Bring the database to this version’s schema')
    .action(async () => {
      const { databaseOwnerUrl, databaseUrl, mode } = read();
      const ownerUrl = databaseOwnerUrl ?? (mode === 'development' ? databaseUrl : undefined);
      if (ownerUrl === undefined) {
        throw new ConfigurationError('Set ONCEOVER_DATABASE_OWNER_URL to the login that owns the schema.');
      }
      const { migrate } = await import('@onceover/store');
      const result = await migrate({ ownerUrl, log: print });
      for (const statement of result.administratorStatements) print(statement);
      if (result.administratorStatements.length > 0) {
        throw new ConfigurationError(
          'This login may not create roles. Let an administrator run the statements above, then migrate again.',
        );
      }
      print(`The schema is at version ${result.version}; ${result.applied.length} migrations were applied.`);
    });
}

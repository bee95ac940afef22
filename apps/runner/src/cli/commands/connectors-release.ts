import { Command } from 'commander';
import { releaseSchema } from '../../http/routes/releases.ts';
import type { CliContext } from '../main.ts';
import { createRunnerClient } from '../runner-client.ts';

/** `onceover connectors release <id> <version> --reason <text>`: lets a version be used that may do more than the last one. */
export function connectorsReleaseCommand({ environment: read, print }: CliContext): Command {
  return new Command('release')
    .description('Let a held version of a connector be used')
    .argument('<id>', 'the connector')
    .argument('<version>', 'the version that is held')
    .requiredOption('--reason <text>', 'why it may do more; kept in the audit log')
    .action(async (id: string, version: string, { reason }: { reason: string }) => {
      const path = `/v1/connectors/${encodeURIComponent(id)}/versions/${encodeURIComponent(version)}/release`;
      const client = createRunnerClient(read(), 'default');
      const answer = releaseSchema.parse(
        await client.post(path, JSON.stringify({ reason }), 'application/json'),
      );
      print(`${answer.connector} ${answer.version} is released. Runners use it within seconds.`);
    });
}

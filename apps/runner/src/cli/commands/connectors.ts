import { Command } from 'commander';
import { z } from 'zod';
import type { CliContext } from '../main.ts';
import { createRunnerClient } from '../runner-client.ts';
import { formatTable } from '../table.ts';
import { connectorsAddCommand } from './connectors-add.ts';
import { connectorsDiffCommand } from './connectors-diff.ts';
import { connectorsReleaseCommand } from './connectors-release.ts';
import { connectorsRemoveCommand } from './connectors-remove.ts';
import { connectorsScopesCommand } from './connectors-scopes.ts';
import { connectorsVerifyCommand } from './connectors-verify.ts';

const connectorsSchema = z.object({
  items: z.array(
    z.looseObject({
      id: z.string(),
      version: z.string(),
      source: z.string(),
      integrity: z.string(),
      domain: z.string(),
      isolation: z.string(),
      state: z.string(),
      operations: z.array(z.looseObject({ name: z.string() })),
      triggers: z.array(z.looseObject({ name: z.string() })),
    }),
  ),
});

const head = [
  'connector',
  'version',
  'state',
  'domain',
  'isolation',
  'source',
  'integrity',
  'operations',
  'triggers',
];

function rowOf(item: z.output<typeof connectorsSchema>['items'][number]): string[] {
  const { id, version, state, domain, isolation, source, integrity, operations, triggers } = item;
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).join(' ');
  const start = `${integrity.slice(0, 15)}…`;
  return [id, version, state, domain, isolation, source, start, names(operations), names(triggers)];
}

/** `onceover connectors list | add | remove | scopes | diff | release | verify`. */
export function connectorsCommand(context: CliContext): Command {
  const { environment: read, print } = context;
  const list = new Command('list')
    .description('The connectors of the runner')
    .option('--json', 'print JSON')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async ({ json, tenant }: { json?: boolean; tenant: string }) => {
      const answer = await createRunnerClient(read(), tenant).get('/v1/connectors?limit=200');
      if (json === true) return print(JSON.stringify(answer, null, 2));
      const { items } = connectorsSchema.parse(answer);
      print(formatTable(head, items.map(rowOf)));
    });
  return new Command('connectors')
    .description('Connectors')
    .addCommand(list)
    .addCommand(connectorsAddCommand(context))
    .addCommand(connectorsRemoveCommand(context))
    .addCommand(connectorsScopesCommand(context))
    .addCommand(connectorsDiffCommand(context))
    .addCommand(connectorsReleaseCommand(context))
    .addCommand(connectorsVerifyCommand(context));
}

import { Command } from 'commander';
import { checkedSchema } from '../../http/routes/subscriptions.ts';
import type { CliContext } from '../main.ts';
import { createRunnerClient } from '../runner-client.ts';
import { printChecks } from './print-checks.ts';

interface Options {
  json?: boolean;
  tenant: string;
}

/** `onceover connections check`: looks and changes nothing. Ends with 1 when an item has failed. */
export function checkCommand(context: CliContext): Command {
  return command(context, 'check', 'Look whether a connection has all that it needs', (client, path) =>
    client.get(`${path}/checks`),
  );
}

/** `onceover connections subscribe`: has the vendor's webhook subscribed to exactly once, then looks. */
export function subscribeCommand(context: CliContext): Command {
  return command(
    context,
    'subscribe',
    'Have the vendor call the connection’s webhook: one subscription, duplicates of ours removed',
    (client, path) => client.post(`${path}/subscribe`, '{}', 'application/json'),
  );
}

function command(
  { environment, print }: CliContext,
  name: string,
  description: string,
  ask: (client: ReturnType<typeof createRunnerClient>, path: string) => Promise<unknown>,
): Command {
  return new Command(name)
    .description(description)
    .argument('<connection>', 'its id')
    .option('--json', 'print JSON')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async (id: string, { json, tenant }: Options) => {
      const client = createRunnerClient(environment(), tenant);
      const answer = checkedSchema.parse(await ask(client, `/v1/connections/${encodeURIComponent(id)}`));
      if (json === true) print(JSON.stringify(answer, null, 2));
      else printChecks(answer.checks, print);
      if (answer.checks.some(({ state }) => state === 'failed')) process.exitCode = 1;
    });
}

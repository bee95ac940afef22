import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError } from '@onceover/contract';
import { Command } from 'commander';
import { z } from 'zod';
import { authorizationSchema } from '../../http/routes/connections.ts';
import { checkedSchema } from '../../http/routes/subscriptions.ts';
import type { CliContext } from '../main.ts';
import { createRunnerClient, type RunnerClient } from '../runner-client.ts';
import { printChecks } from './print-checks.ts';

const beginSchema = z.object({
  url: z.string(),
  expiresAt: z.string(),
  authorization: z.string(),
  redirectUri: z.string(),
});

const pollMs = 500;

/** `onceover connect <connection>`: a link for the person who may agree, and a list of what was seen afterwards. */
export function connectCommand({ environment, print, printError }: CliContext): Command {
  return new Command('connect')
    .description('Authorise a connection at its vendor')
    .argument('<connection>', 'its id')
    .option('--client-credentials', 'without a person, where the vendor has it')
    .option('--json', 'print JSON; the link goes to standard error')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async (id: string, options: { clientCredentials?: boolean; json?: boolean; tenant: string }) => {
      const { json = false, tenant } = options;
      const client = createRunnerClient(environment(), tenant);
      const path = `/v1/connections/${encodeURIComponent(id)}`;
      if (options.clientCredentials === true) await withClientCredentials(client, path);
      else await withPerson(client, path, json ? printError : print);
      const answer = await client.post(`${path}/subscribe`, '{}', 'application/json');
      const { checks } = checkedSchema.parse(answer);
      if (json) print(JSON.stringify({ connection: id, checks }, null, 2));
      else printChecks(checks, print);
    });
}

async function withClientCredentials(client: RunnerClient, path: string): Promise<void> {
  await client.post(`${path}/authorize`, JSON.stringify({ grant: 'client_credentials' }), 'application/json');
}

async function withPerson(client: RunnerClient, path: string, tell: (line: string) => void): Promise<void> {
  const begun = beginSchema.parse(await client.get(`${path}/authorize`));
  tell('Open this link in a browser in which the service account is signed in at the vendor. It works once:');
  tell(`  ${begun.url}`);
  tell(`The vendor must know this redirect URI: ${begun.redirectUri}`);
  tell(`Waiting until ${begun.expiresAt} …`);
  for (;;) {
    const answer = await client.get(`${path}/authorizations/${begun.authorization}`);
    const { status, failure } = authorizationSchema.parse(answer);
    if (status === 'authorized') return;
    if (status === 'failed') throw new ConflictError(failure ?? 'It was not authorised.');
    if (status === 'expired') throw new ConflictError('Nobody agreed in time. Run the command again.');
    await sleep(pollMs);
  }
}

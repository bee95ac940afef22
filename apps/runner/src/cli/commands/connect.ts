import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError } from '@onceover/contract';
import { Command } from 'commander';
import { z } from 'zod';
import { type ConnectionCheck } from '../../http/connection-checks.ts';
import { authorizationSchema, connectedSchema } from '../../http/routes/connections.ts';
import type { CliContext } from '../main.ts';
import { createRunnerClient, type RunnerClient } from '../runner-client.ts';

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
      const checks =
        options.clientCredentials === true
          ? await withClientCredentials(client, path)
          : await withPerson(client, path, json ? printError : print);
      if (json) print(JSON.stringify({ connection: id, checks }, null, 2));
      else for (const check of checks) print(lineOf(check));
    });
}

async function withClientCredentials(client: RunnerClient, path: string): Promise<ConnectionCheck[]> {
  const body = JSON.stringify({ grant: 'client_credentials' });
  return connectedSchema.parse(await client.post(`${path}/authorize`, body, 'application/json')).checks;
}

async function withPerson(
  client: RunnerClient,
  path: string,
  tell: (line: string) => void,
): Promise<ConnectionCheck[]> {
  const begun = beginSchema.parse(await client.get(`${path}/authorize`));
  tell('Open this link in a browser in which the service account is signed in at the vendor. It works once:');
  tell(`  ${begun.url}`);
  tell(`The vendor must know this redirect URI: ${begun.redirectUri}`);
  tell(`Waiting until ${begun.expiresAt} …`);
  for (;;) {
    const answer = await client.get(`${path}/authorizations/${begun.authorization}`);
    const { status, failure, checks } = authorizationSchema.parse(answer);
    if (status === 'authorized') return checks;
    if (status === 'failed') throw new ConflictError(failure ?? 'It was not authorised.');
    if (status === 'expired') throw new ConflictError('Nobody agreed in time. Run the command again.');
    await sleep(pollMs);
  }
}

const marks = { ok: '✓', warning: '!', failed: '✗', not_checked: '–' } as const;

function lineOf({ item, state, detail }: ConnectionCheck): string {
  return `${marks[state]} ${item.padEnd(21)} ${detail}`;
}

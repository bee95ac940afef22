import { ConflictError } from '@onceover/contract';
import { Command } from 'commander';
import type { z } from 'zod';
import { connectionSchema } from '../../http/list-schemas.ts';
import { revokedSchema } from '../../http/routes/connections.ts';
import { pageOf } from '../../http/run-schema.ts';
import type { CliContext } from '../main.ts';
import { createRunnerClient, type RunnerClient } from '../runner-client.ts';
import { formatTable } from '../table.ts';
import { checkCommand, subscribeCommand } from './connections-checks.ts';
import { reconcileCommand, rotateConnectionCommand } from './rotate.ts';

interface ListOptions {
  json?: boolean;
  tenant: string;
}

/** `onceover connections list | check | subscribe | rotate | reconcile | reassign | revoke`. */
export function connectionsCommand(context: CliContext): Command {
  return new Command('connections')
    .description('Connections to vendors')
    .addCommand(listCommand(context))
    .addCommand(checkCommand(context))
    .addCommand(subscribeCommand(context))
    .addCommand(rotateConnectionCommand(context))
    .addCommand(reconcileCommand(context))
    .addCommand(reassignCommand(context))
    .addCommand(revokeCommand(context));
}

function listCommand({ environment, print }: CliContext): Command {
  return new Command('list')
    .description('Connections, whether they are authorised, and what was granted')
    .option('--json', 'print JSON')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async ({ json, tenant }: ListOptions) => {
      const client = createRunnerClient(environment(), tenant);
      const items = await allConnections(client);
      if (json === true) return print(JSON.stringify({ items, next: null }, null, 2));
      const head = [
        'connection',
        'connector',
        'status',
        'account',
        'owner',
        'identity',
        'scopes',
        'calls',
        'secrets',
      ];
      print(
        formatTable(
          head,
          items.map((one) => [
            one.id,
            one.connector,
            one.reason === null ? one.status : `${one.status} (${one.reason})`,
            one.account ?? '',
            one.owner,
            one.identity ?? '',
            scopesOf(one),
            callsOf(one),
            secretsOf(one),
          ]),
        ),
      );
    });
}

/** Those that somebody should look at. */
function secretsOf({ secrets = [] }: z.output<typeof connectionSchema>): string {
  const found = secrets.filter(({ state }) => state !== 'ok' && state !== 'missing');
  return found.map(({ secret, state }) => `${secret}: ${state}`).join('; ');
}

function scopesOf({ scopes: { granted, missing, excess } }: z.output<typeof connectionSchema>): string {
  if (granted === null) return 'not told';
  const found = [
    ...missing.map(({ scope, operations }) => `missing ${scope} (${operations.join(', ') || 'always'})`),
    ...excess.map((scope) => `too much: ${scope}`),
  ];
  return found.length === 0 ? 'as declared' : found.join('; ');
}

function callsOf({ heldBack }: z.output<typeof connectionSchema>): string {
  return heldBack === null ? 'go out' : `held back until ${heldBack.until} (${heldBack.reason})`;
}

function reassignCommand({ environment, print }: CliContext): Command {
  return new Command('reassign')
    .description('Give a connection, or all that one owner has, another owner')
    .argument('[connection]', 'its id')
    .requiredOption('--owner <name>', 'who answers for it from now on')
    .option('--from <name>', 'every connection of this owner')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async (id: string | undefined, options: { owner: string; from?: string; tenant: string }) => {
      const { owner, from, tenant } = options;
      if ((id === undefined) === (from === undefined)) {
        throw new ConflictError(
          'Name a connection, or the owner whose connections all change: --from <name>',
        );
      }
      const client = createRunnerClient(environment(), tenant);
      const ids =
        id === undefined
          ? (await allConnections(client)).filter((one) => one.owner === from).map((one) => one.id)
          : [id];
      if (ids.length === 0) throw new ConflictError(`Nothing belongs to "${from}".`);
      for (const one of ids) {
        const path = `/v1/connections/${encodeURIComponent(one)}/reassign`;
        const answer = await client.post(path, JSON.stringify({ owner }), 'application/json');
        const { managedBy } = connectionSchema.parse(answer);
        const hint =
          managedBy === 'config' ? ' The config still names the old one: change it there, too.' : '';
        print(`${one} now belongs to ${owner}.${hint}`);
      }
    });
}

function revokeCommand({ environment, print }: CliContext): Command {
  return new Command('revoke')
    .description('Disconnect a connection here and at the vendor')
    .argument('<connection>', 'its id')
    .requiredOption('--reason <text>', 'for the audit log')
    .option('--json', 'print JSON')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async (id: string, { reason, json, tenant }: ListOptions & { reason: string }) => {
      const client = createRunnerClient(environment(), tenant);
      const path = `/v1/connections/${encodeURIComponent(id)}/revoke`;
      const answer = await client.post(path, JSON.stringify({ reason }), 'application/json');
      const { proven, detail, subscription } = revokedSchema.parse(answer);
      if (json === true) print(JSON.stringify(answer, null, 2));
      else
        print(
          `${id} is disconnected; ${proven ? 'proven at the vendor' : 'NOT proven at the vendor'}: ${detail}`,
        );
      const { removed, problem } = subscription;
      if (json !== true && removed > 0) print('Its webhook subscription is removed at the vendor.');
      if (json !== true && problem !== null) {
        print(`Its webhook subscription may be there still, remove it at the vendor: ${problem}`);
      }
      if (!proven || problem !== null) process.exitCode = 1;
    });
}

async function allConnections(client: RunnerClient): Promise<z.output<typeof connectionSchema>[]> {
  const found: z.output<typeof connectionSchema>[] = [];
  for (let cursor = ''; ; ) {
    const answer = await client.get(`/v1/connections?limit=200${cursor}`);
    const { items, next } = pageOf(connectionSchema).parse(answer);
    found.push(...items);
    if (next === null) return found;
    cursor = `&cursor=${next}`;
  }
}

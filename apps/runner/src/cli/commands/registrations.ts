import { Command } from 'commander';
import type { z } from 'zod';
import { registrationSchema, secretSchema, type ShownSecret } from '../../http/rotation-schemas.ts';
import { pageOf } from '../../http/run-schema.ts';
import type { CliContext } from '../main.ts';
import { readSecret } from '../read-secret.ts';
import { createRunnerClient, type RunnerClient } from '../runner-client.ts';
import { formatTable } from '../table.ts';
import { rotateRegistrationCommand } from './rotate.ts';

/** `onceover registrations list | add | rotate`. */
export function registrationsCommand(context: CliContext): Command {
  return new Command('registrations')
    .description('Our clients at vendors, and their secrets')
    .addCommand(listCommand(context))
    .addCommand(addCommand(context))
    .addCommand(rotateRegistrationCommand(context));
}

function listCommand({ environment, print }: CliContext): Command {
  return new Command('list')
    .description('Registrations, and how old their secrets are')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const items = await allRegistrations(createRunnerClient(environment(), 'default'));
      if (json === true) return print(JSON.stringify({ items, next: null }, null, 2));
      const head = ['registration', 'connector', 'client', 'secret', 'used for', 'issued by', 'age', 'state'];
      const rows = items.flatMap(({ id, connector, clientId, secrets }) =>
        (secrets.length === 0 ? [undefined] : secrets).map((secret) => [
          id,
          connector,
          clientId ?? '',
          ...(secret === undefined ? ['', '', '', '', ''] : columnsOf(secret)),
        ]),
      );
      print(formatTable(head, rows));
    });
}

function columnsOf({ secret, uses, issuer, ageDays, maxAgeDays, state }: ShownSecret): string[] {
  const age = ageDays === null ? '' : `${ageDays} of ${maxAgeDays} days`;
  return [secret, uses.join(', '), issuer, age, state];
}

function addCommand({ environment, print }: CliContext): Command {
  return new Command('add')
    .description('Store the first version of a secret of a registration that the config names')
    .argument('<registration>', 'its id')
    .option('--secret <name>', 'which one; its only one unless given')
    .requiredOption('--stdin', 'read the secret from standard input: it is never an argument')
    .action(async (id: string, { secret }: { secret?: string }) => {
      const value = await readSecret(process.stdin);
      const client = createRunnerClient(environment(), 'default');
      const path = `/v1/registrations/${encodeURIComponent(id)}/secrets`;
      const answer = await client.post(path, JSON.stringify({ secret, value }), 'application/json');
      const stored = secretSchema.parse(answer);
      print(`${id} has its ${stored.secret} (version ${stored.version}).`);
    });
}

async function allRegistrations(client: RunnerClient): Promise<z.output<typeof registrationSchema>[]> {
  const found: z.output<typeof registrationSchema>[] = [];
  for (let cursor = ''; ; ) {
    const answer = await client.get(`/v1/registrations?limit=200${cursor}`);
    const { items, next } = pageOf(registrationSchema).parse(answer);
    found.push(...items);
    if (next === null) return found;
    cursor = `&cursor=${next}`;
  }
}

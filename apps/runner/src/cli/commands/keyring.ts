import { Command } from 'commander';
import { z } from 'zod';
import { keyringSchema, rewrapSchema } from '../../http/routes/keyring.ts';
import type { CliContext } from '../main.ts';
import { createRunnerClient } from '../runner-client.ts';
import { formatTable } from '../table.ts';

/** `onceover keyring list | add | rewrap`. */
export function keyringCommand({ environment: read, print }: CliContext): Command {
  const client = () => createRunnerClient(read(), 'default');
  const list = new Command('list')
    .description('The keys of the keyring, and what each wraps')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const answer = keyringSchema.parse(await client().get('/v1/keyring'));
      if (json === true) return print(JSON.stringify(answer, null, 2));
      const rows = answer.keys.map(({ id, createdAt, isNewest, secrets, databaseKeys }) => [
        id,
        createdAt,
        isNewest ? 'wraps' : secrets + databaseKeys > 0 ? 'in use' : 'may go',
        String(secrets),
        String(databaseKeys),
      ]);
      print(`kept in ${answer.provider}`);
      print(formatTable(['key', 'made', 'state', 'secrets', 'database keys'], rows));
    });
  const add = new Command('add')
    .description('Add a key to the keyring: new secrets are wrapped with it')
    .action(async () => {
      const { id } = z
        .object({ id: z.string() })
        .parse(await client().post('/v1/keyring/keys', '{}', 'application/json'));
      print(`${id} wraps new secrets now. Back the keyring up, then run: onceover keyring rewrap`);
    });
  const rewrap = new Command('rewrap')
    .description('Wrap every secret with the newest key, while runners work; may be broken off and repeated')
    .option('--batch <n>', 'secrets in one step', '500')
    .action(async ({ batch }: { batch: string }) => {
      let total = 0;
      for (;;) {
        const path = `/v1/keyring/rewrap?limit=${encodeURIComponent(batch)}`;
        const { keyringKey, rewrapped, left } = rewrapSchema.parse(
          await client().post(path, '{}', 'application/json'),
        );
        total += rewrapped;
        if (left > 0 && rewrapped > 0) print(`${total} wrapped with ${keyringKey}, ${left} left`);
        if (left === 0 || rewrapped === 0) {
          print(
            `${keyringKey} wraps everything${left > 0 ? ` but ${left}: try again` : ''}; ${total} were wrapped anew.`,
          );
          return;
        }
      }
    });
  return new Command('keyring')
    .description('The keys that wrap secrets')
    .addCommand(list)
    .addCommand(add)
    .addCommand(rewrap);
}

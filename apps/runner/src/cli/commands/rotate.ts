import { Command } from 'commander';
import { z } from 'zod';
import { reconciledSchema, rotatedGrantSchema, rotationSchema } from '../../http/rotation-schemas.ts';
import type { CliContext } from '../main.ts';
import { readSecret } from '../read-secret.ts';
import { rotationLines } from '../rotation-lines.ts';
import { createRunnerClient } from '../runner-client.ts';

interface RotateOptions {
  secret?: string;
  compromised?: boolean;
  stdin?: boolean;
  cancel?: boolean;
  json?: boolean;
  tenant?: string;
}

/** `onceover registrations rotate <id>`. */
export function rotateRegistrationCommand(context: CliContext): Command {
  return rotateCommand(context, 'registrations', 'Rotate a secret of a registration')
    .argument('<registration>', 'its id')
    .option('--secret <name>', 'which one; its only one unless given');
}

/** `onceover connections rotate <id>`. */
export function rotateConnectionCommand(context: CliContext): Command {
  return rotateCommand(
    context,
    'connections',
    'Give a connection a new refresh token, or rotate one of its secrets',
  )
    .argument('<connection>', 'its id')
    .option('--secret <name>', 'one of its secrets; its refresh token unless given')
    .option('--tenant <id>', 'tenant', 'default');
}

function rotateCommand(
  { environment, print }: CliContext,
  kind: 'registrations' | 'connections',
  description: string,
): Command {
  return new Command('rotate')
    .description(description)
    .option('--compromised', 'others know the secret in use: the old one ends at once')
    .option('--stdin', 'read the new secret from standard input, where a person issues it')
    .option('--cancel', 'end the rotation under way; the secret in use stays')
    .option('--json', 'print JSON')
    .action(async (id: string, options: RotateOptions) => {
      const { secret, compromised, cancel, stdin = false, json = false, tenant = 'default' } = options;
      const value = stdin ? await readSecret(process.stdin) : undefined;
      const client = createRunnerClient(environment(), tenant);
      const path = `/v1/${kind}/${encodeURIComponent(id)}/rotate`;
      const answer = await client.post(
        path,
        JSON.stringify({ secret, compromised, value, cancel }),
        'application/json',
      );
      if (json) print(JSON.stringify(answer, null, 2));
      const rotated = z.union([rotationSchema, rotatedGrantSchema]).parse(answer);
      if (cancel !== true && 'outcome' in rotated && rotated.outcome === 'failed') process.exitCode = 1;
      if (json) return;
      const lines =
        'connection' in rotated
          ? grantLines(rotated)
          : rotationLines(rotated, `onceover ${kind} rotate ${id}`);
      for (const line of lines) print(line);
    });
}

function grantLines({ connection, version, earlierGrants }: z.output<typeof rotatedGrantSchema>): string[] {
  return [
    `${connection}: its refresh token has a successor (token set ${version}); the vendor ends the old one.`,
    ...(earlierGrants === 0
      ? []
      : [
          `! ${earlierGrants} earlier authorisations were never proven to have ended. Look at the app's authorisations in the account there.`,
        ]),
  ];
}

/** `onceover connections reconcile <id>`. */
export function reconcileCommand({ environment, print }: CliContext): Command {
  return new Command('reconcile')
    .description('Find secrets that a rotation made at the vendor and nobody uses, and revoke them')
    .argument('<connection>', 'its id')
    .option('--json', 'print JSON')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async (id: string, { json, tenant }: { json?: boolean; tenant: string }) => {
      const client = createRunnerClient(environment(), tenant);
      const path = `/v1/connections/${encodeURIComponent(id)}/reconcile`;
      const answer = await client.post(path, '{}', 'application/json');
      const { items } = reconciledSchema.parse(answer);
      if (items.some(({ left }) => left.length > 0)) process.exitCode = 1;
      if (json === true) return print(JSON.stringify(answer, null, 2));
      if (items.length === 0) print(`${id} has no secrets.`);
      for (const one of items) print(reconciledLine(one));
    });
}

function reconciledLine(one: z.output<typeof reconciledSchema>['items'][number]): string {
  const { holder, secret, isListed, found, revoked, left, foreign } = one;
  if (!isListed) return `${holder} ${secret}: the vendor cannot be asked for its list; look at its page.`;
  const orphans =
    revoked.length === 0
      ? 'no orphans'
      : `revoked ${revoked.map((entry) => entry.vendorSecretId).join(', ')}`;
  const stuck = left
    .map(({ vendorSecretId, why }) => `; could NOT revoke ${vendorSecretId}: ${why}`)
    .join('');
  return `${holder} ${secret}: ${found} at the vendor, ${orphans}${stuck}${foreign === 0 ? '' : `; ${foreign} not made by a rotation`}`;
}

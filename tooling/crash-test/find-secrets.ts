import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canaryForms } from '../../packages/store/src/testing/canary-forms.ts';
import { pgDump } from '../../packages/store/src/testing/pg-dump.ts';
import type { Vendor } from './vendors.ts';

/**
 * Looks for each vendor's secrets, in all their forms, in what `pg_dump` makes of the database and in the runners' logs.
 * The same search must find a text of the config that is no secret.
 * @returns what is wrong, for people
 */
export async function findSecrets(options: {
  databaseUrl: string;
  home: string;
  vendors: readonly Vendor[];
}): Promise<string[]> {
  const { databaseUrl, home, vendors } = options;
  const dump = await pgDump({ ownerUrl: databaseUrl });
  if (dump === undefined) return ['nothing was dumped: pg_dump of version 15 or later is not installed'];
  const logs = readdirSync(home).filter((file) => /^runner-\d+\.log$/.test(file));
  const places = [
    ['pg_dump', dump] as const,
    ...logs.map((file) => [file, readFileSync(join(home, file), 'utf8')] as const),
  ];
  const secrets = vendors.flatMap(({ connection, running }) => [
    [`the access token of ${connection}`, running.accessToken] as const,
    [`the webhook secret of ${connection}`, running.webhookSecret] as const,
  ]);
  const found = places.flatMap(([place, text]) =>
    secrets
      .filter(([, secret]) => canaryForms(secret).some((form) => text.includes(form)))
      .map(([name]) => `${name} is in ${place}`),
  );
  const isSearched = canaryForms('crash-test').some((form) => dump.includes(form));
  return isSearched
    ? found
    : [...found, 'the owner of the connections is not in pg_dump: the search finds nothing'];
}

import { expect, inject, it } from 'vitest';
import { ask } from '../embedded/embedded-test-kit.fixture.ts';
import { dropLeftovers, ensureTemplate, templateName } from './template-database.ts';

const server = inject('onceoverPostgres');

async function databases(pattern: string): Promise<string[]> {
  const { names } = await ask<{ names: string[] }>(
    server.ownerUrl,
    `select coalesce(array_agg(datname::text order by datname), '{}') as names from pg_database where datname like '${pattern}'`,
  );
  return names;
}

it('ensureTemplate: many at once make it once, and leave no draft', async () => {
  await Promise.all(Array.from({ length: 5 }, () => ensureTemplate(server)));
  expect(await databases(templateName())).toEqual([templateName()]);
  expect(await databases(`${templateName()}\\_draft`)).toEqual([]);
});

it('dropLeftovers: drops what ended processes left, and keeps what living ones use', async () => {
  const abandoned = `onceover_test_${2 ** 22 + 1}_abandoned`;
  const used = `onceover_test_${process.pid}_used`;
  for (const name of [abandoned, used]) await ask(server.ownerUrl, `create database ${name}`);
  await dropLeftovers(server);
  expect(await databases('onceover\\_test\\_%\\_abandoned')).toEqual([]);
  expect(await databases(used)).toEqual([used]);
  expect(await databases(templateName())).toEqual([templateName()]);
  await ask(server.ownerUrl, `drop database ${used}`);
});

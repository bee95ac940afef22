import { expect, test } from 'vitest';
import { stubServer } from '../testing/stub-server.ts';

interface Operation {
  summary?: string;
  security?: unknown;
  parameters?: { name: string; in: string; required?: boolean }[];
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

async function describe() {
  const routes: string[] = [];
  const app = await stubServer(
    {},
    { onRoute: ({ method, url }) => void (method === 'HEAD' || routes.push(`${method} ${url}`)) },
  );
  const { payload } = await app.inject({ url: '/v1/openapi.json', headers: { host: 'localhost' } });
  const document = JSON.parse(payload) as {
    openapi: string;
    info: { title: string; version: string };
    paths: Record<string, Record<string, Operation>>;
  };
  return { routes, document };
}

test('openapi: version 3.1, and every route of the table is in it', async () => {
  const { routes, document } = await describe();
  expect(document.openapi).toMatch(/^3\.1\./);
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(
      (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    ),
  );
  expect(described.toSorted()).toEqual(routes.toSorted());
  expect(described).toContain('POST /v1/events');
});

test('openapi: every operation says what it is, its path parameters, its answers and its problems', async () => {
  const { document } = await describe();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations)) {
      expect(operation.summary, path).toBeTruthy();
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      const statuses = Object.keys(operation.responses);
      expect(statuses.some((status) => /^[23]/.test(status))).toBe(true);
    }
  }
  const runs = document.paths['/v1/runs']?.['get'];
  expect(runs?.parameters?.map(({ name }) => name)).toEqual([
    'limit',
    'cursor',
    'flow',
    'status',
    'key',
    'event',
    'source',
    'expand',
  ]);
  expect(Object.keys(runs?.responses['4XX']?.content ?? {})).toEqual(['application/problem+json']);
  expect(document.paths['/v1/hooks/{id}']?.['post']?.security).toEqual([]);
});

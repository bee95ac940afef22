import { Command } from 'commander';
import { z } from 'zod';
import { scopeTableSchema } from '../../http/routes/scopes.ts';
import type { CliContext } from '../main.ts';
import { createRunnerClient } from '../runner-client.ts';
import { formatTable } from '../table.ts';

type ScopeTable = z.output<typeof scopeTableSchema>;

interface ScopesOptions {
  json?: boolean;
  markdown?: boolean;
  tenant: string;
  unusedDays: string;
}

/** `onceover connectors scopes [id]`: what connectors ask for, were given, and really use. */
export function connectorsScopesCommand({ environment: read, print }: CliContext): Command {
  return new Command('scopes')
    .description('Scopes and calls of connectors: declared, granted, used, refused')
    .argument('[id]', 'a connector; all of them without it')
    .option('--json', 'print JSON')
    .option('--markdown', 'print Markdown, for a review')
    .option('--unused-days <n>', 'how long something may rest before it counts as unused', '90')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async (id: string | undefined, options: ScopesOptions) => {
      const client = createRunnerClient(read(), options.tenant);
      const ids = id === undefined ? await connectorIds(client) : [id];
      const tables: ScopeTable[] = [];
      for (const one of ids) {
        const path = `/v1/connectors/${encodeURIComponent(one)}/scopes`;
        const query = new URLSearchParams({ unusedDays: options.unusedDays });
        tables.push(scopeTableSchema.parse(await client.get(`${path}?${query.toString()}`)));
      }
      if (options.json === true) return print(JSON.stringify(tables, null, 2));
      const format = options.markdown === true ? markdownTable : formatTable;
      print(tables.map((table) => describe(table, format, options)).join('\n\n'));
    });
}

async function connectorIds(client: ReturnType<typeof createRunnerClient>): Promise<readonly string[]> {
  const answer = await client.get('/v1/connectors?limit=200');
  const { items } = z.object({ items: z.array(z.object({ id: z.string() })) }).parse(answer);
  return [...new Set(items.map(({ id }) => id))];
}

type Format = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

function describe(table: ScopeTable, format: Format, { markdown, unusedDays }: ScopesOptions): string {
  const title = (text: string) => (markdown === true ? `### ${text}` : text);
  const parts = [
    title(`${table.connector} ${table.version}: scopes`),
    format(
      ['scope', 'verdict', 'granted to', 'missing at', 'not told by', 'calls', 'last used', 'reason'],
      table.scopes.map((row) => [
        row.scope,
        row.verdict,
        listed(row.grantedTo),
        listed(row.missingAt),
        listed(row.unknownAt),
        String(row.used),
        row.lastUsedAt ?? 'never',
        row.reason ?? 'granted, and not in the manifest',
      ]),
    ),
    title(`${table.connector} ${table.version}: calls`),
    format(
      ['operation', 'call', 'calls', 'last used'],
      table.calls.map(({ operation, call, used, lastUsedAt }) => [
        operation,
        call,
        String(used),
        lastUsedAt ?? 'never',
      ]),
    ),
  ];
  if (table.refused.length > 0) {
    const rows = table.refused.map(({ connection, operation, call, refusal, count, lastAt }) => [
      connection,
      operation,
      call,
      refusal,
      String(count),
      lastAt,
    ]);
    parts.push(
      title(`${table.connector} ${table.version}: refused before a socket opened`),
      format(['connection', 'operation', 'call', 'why', 'times', 'last'], rows),
    );
  }
  parts.push(suggestionOf(table, unusedDays));
  return parts.join('\n');
}

function suggestionOf({ suggestion }: ScopeTable, unusedDays: string): string {
  const { operations, scopes, calls } = suggestion;
  const idle = [
    ...operations.map((name) => `operation ${name}`),
    ...scopes.map((name) => `scope ${name}`),
    ...calls.map(({ operation, call }) => `call ${call} of ${operation}`),
  ];
  if (idle.length === 0) return `Everything in the manifest was used within ${unusedDays} days.`;
  return `Not used within ${unusedDays} days; a smaller manifest does without: ${idle.join(', ')}.`;
}

function listed(names: readonly string[]): string {
  return names.join(' ') || '-';
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

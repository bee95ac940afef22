import { Command } from 'commander';
import type { z } from 'zod';
import { pageOf, runSchema } from '../../http/run-schema.ts';
import type { CliContext } from '../main.ts';
import { createRunnerClient } from '../runner-client.ts';
import { formatTable } from '../table.ts';

interface ListOptions {
  json?: boolean;
  tenant: string;
  limit: string;
  flow?: string;
  status?: string;
  key?: string;
  cursor?: string;
}

/** `onceover runs list|show`. */
export function runsCommand({ environment: read, print }: CliContext): Command {
  const list = new Command('list')
    .description('Runs, newest first')
    .option('--flow <id>')
    .option('--status <status>')
    .option('--key <key>', 'business key')
    .option('--limit <n>', 'at most 200', '50')
    .option('--cursor <cursor>', 'where the last page ended')
    .option('--json', 'print JSON')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async ({ json, tenant, ...filter }: ListOptions) => {
      const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== undefined));
      const answer = await createRunnerClient(read(), tenant).get(`/v1/runs?${query.toString()}`);
      if (json === true) return print(JSON.stringify(answer, null, 2));
      const { items, next } = pageOf(runSchema).parse(answer);
      const rows = items.map((run) => [
        run.id,
        `${run.flow}@${run.flowVersion}`,
        run.waitingFor === null ? run.status : `${run.status} (${run.waitingFor})`,
        run.key,
        String(run.attempts),
        run.createdAt,
        run.error?.message ?? '',
      ]);
      print(formatTable(['run', 'flow', 'status', 'key', 'attempts', 'created', 'error'], rows));
      if (next !== null) print(`more: --cursor ${next}`);
    });
  const show = new Command('show')
    .description('One run with its steps and effects')
    .argument('<id>')
    .option('--json', 'print JSON')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async (id: string, { json, tenant }: { json?: boolean; tenant: string }) => {
      const answer = await createRunnerClient(read(), tenant).get(`/v1/runs/${encodeURIComponent(id)}`);
      if (json === true) return print(JSON.stringify(answer, null, 2));
      print(describeRun(runSchema.parse(answer)));
    });
  return new Command('runs').description('Runs').addCommand(list).addCommand(show);
}

function describeRun(run: z.infer<typeof runSchema>): string {
  const head = [
    `run       ${run.id}`,
    `flow      ${run.flow}@${run.flowVersion}`,
    `status    ${run.waitingFor === null ? run.status : `${run.status}, waiting for ${run.waitingFor}`}`,
    `event     ${run.event.type} ${run.event.source} ${run.event.id}`,
    `key       ${run.key}`,
    `attempts  ${run.attempts}`,
    `isolation ${run.isolation}`,
    `created   ${run.createdAt}`,
    `finished  ${run.finishedAt ?? '—'}`,
    ...(run.error === null ? [] : [`error     ${run.error.code}: ${run.error.message}`]),
  ];
  const rows = (run.steps ?? []).flatMap((step) =>
    step.effects.length === 0
      ? [[step.id, step.status, '', '', '', '', '']]
      : step.effects.map((effect) => [
          step.id,
          step.status,
          `${effect.connection} ${effect.operation}`,
          effect.naturalKey,
          effect.outcome ?? '—',
          effect.vendorId ?? '',
          effect.error?.message ?? '',
        ]),
  );
  return [
    ...head,
    '',
    formatTable(['step', 'status', 'operation', 'natural key', 'outcome', 'vendor id', 'error'], rows),
  ].join('\n');
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WriteManifest } from '@onceover/contract';

/** A write that a flow can name. */
export type FlowableWrite = WriteManifest & { implements: string };

/** Not the one that consent was given for: that one is revoked in the end. */
export const flowConnectionId = 'verify-runner';

export function isFlowable(write: WriteManifest): write is FlowableWrite {
  return write.implements !== undefined;
}

/** The type of the event that asks for a write. */
export function eventTypeOf(write: WriteManifest): string {
  return `${eventNameOf(write)}.v1`;
}

function eventNameOf({ name }: WriteManifest): string {
  return `verify.${name.replaceAll('.', '-')}-asked`;
}

/** An automation with a flow for each write: one record for each event. */
export async function writeFlows(folder: string, writes: readonly FlowableWrite[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const source = [header, ...writes.map((write, index) => flowOf(write, index))].join('\n');
  await writeFile(join(folder, 'index.ts'), source);
  await writeFile(join(folder, 'runbook.md'), '# Writes that are verified\n');
}

const header = `import { defineEvent, defineFlow, kpi } from '@onceover/automation';
import { billing, crm, support } from '@onceover/contract';
import { z } from 'zod';
const domains = { billing, crm, support };`;

const flowOf = (write: FlowableWrite, index: number) => `
export const asked${index} = defineEvent({
  name: '${eventNameOf(write)}', version: 1, summary: 'A write to try.',
  schema: z.strictObject({ record: z.json() }), example: { record: {} },
});
export const flow${index} = defineFlow({
  id: 'verify-${write.name.replaceAll('.', '-').toLowerCase()}', version: 1, on: asked${index}, owner: 'verify',
  runbook: './runbook.md', tier: 'operational', kpi: kpi.count('writes'),
}).step('write', domains.${write.implements}, ({ event }) => (
  { connection: '${flowConnectionId}', records: [event.data.record] }
));`;

import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { ConfigurationError } from '@onceover/contract';
import { Command } from 'commander';
import { z } from 'zod';
import type { CliContext } from '../main.ts';
import { createRunnerClient } from '../runner-client.ts';

const answerSchema = z.object({
  events: z.array(z.object({ id: z.string(), source: z.string(), duplicate: z.boolean() })),
});

/** `onceover events send`. */
export function eventsCommand({ environment, print }: CliContext): Command {
  const send = new Command('send')
    .description('Send CloudEvents (one object, or an array) to the runner')
    .argument('[file]', 'a JSON file; standard input when absent or -')
    .option('--json', 'print JSON')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async (file: string | undefined, { json, tenant }: { json?: boolean; tenant: string }) => {
      const body = file === undefined || file === '-' ? await text(process.stdin) : await read(file);
      const type = isBatch(body) ? 'application/cloudevents-batch+json' : 'application/cloudevents+json';
      const answer = await createRunnerClient(environment(), tenant).post('/v1/events', body, type);
      if (json === true) return print(JSON.stringify(answer, null, 2));
      for (const event of answerSchema.parse(answer).events) {
        print(`${event.source} ${event.id} ${event.duplicate ? 'duplicate' : 'accepted'}`);
      }
    });
  return new Command('events').description('Events').addCommand(send);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`${file} cannot be read. Name a file with JSON, or - for standard input.`, {
      cause,
    });
  }
}

function isBatch(body: string): boolean {
  try {
    return Array.isArray(JSON.parse(body));
  } catch (error) {
    throw new ConfigurationError('The input is not JSON. Nothing was sent.', { cause: error });
  }
}

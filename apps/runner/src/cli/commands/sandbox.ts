import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '@onceover/contract';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { connectorFolder } from '../../connectors/connector-folder.ts';
import type { CliContext } from '../main.ts';
import { untilSignal } from '../until-signal.ts';

/** What a connector's `./sandbox` export promises. */
interface SandboxModule {
  sandbox: {
    start(options: { port: number }): Promise<{
      url: string;
      accessToken: string;
      webhookSecret: string;
      stop(): Promise<void>;
    }>;
  };
}

const packageSchema = z.object({
  exports: z.object({ './sandbox': z.object({ default: z.string() }) }),
});

/** `onceover sandbox <connector>`: the connector's vendor fake, in a process of its own, on loopback. */
export function sandboxCommand({ print }: CliContext): Command {
  return new Command('sandbox')
    .description('Run a connector’s vendor fake on loopback')
    .argument('<connector>', 'a workspace connector’s id, or its folder')
    .option('--port <n>', '0 picks a free one', parsePort, 0)
    .option(
      '--until-stdin-ends',
      'stop when standard input ends: when the process that started this one does',
    )
    .action(
      async (connector: string, { port, untilStdinEnds }: { port: number; untilStdinEnds?: boolean }) => {
        const signals = untilSignal();
        const { sandbox } = await importSandbox(await connectorFolder(connector, process.cwd()));
        const { url, accessToken, webhookSecret, stop } = await sandbox.start({ port });
        print(JSON.stringify({ url, accessToken, webhookSecret }));
        await Promise.race([signals.received, ...(untilStdinEnds === true ? [stdinEnd()] : [])]);
        await stop();
        signals.dispose();
        process.exitCode = 0;
      },
    );
}

async function importSandbox(folder: string): Promise<SandboxModule> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new ConfigurationError(
      `There is no connector in ${folder}: it has no package.json. Check the path.`,
    );
  }
  const parsed = packageSchema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new ConfigurationError(`The connector in ${folder} ships no sandbox (no "./sandbox" export).`);
  const file = join(folder, parsed.data.exports['./sandbox'].default);
  if (!existsSync(file)) throw new ConfigurationError(`${file} is not built yet. Run \`pnpm bundle\`.`);
  const module: Partial<SandboxModule> = await import(pathToFileURL(file).href);
  if (module.sandbox === undefined) throw new ConfigurationError(`${file} must export \`sandbox\`.`);
  return { sandbox: module.sandbox };
}

function stdinEnd(): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.on('end', resolve).on('close', resolve).resume();
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535');
  return port;
}

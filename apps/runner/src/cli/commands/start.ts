import { join } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { createLog } from '../../create-log.ts';
import { startRunner } from '../../start-runner.ts';
import type { CliContext } from '../main.ts';
import { untilSignal } from '../until-signal.ts';

/** `onceover start`: one runner until SIGINT or SIGTERM. */
export function startCommand({ environment: read, print }: CliContext): Command {
  return new Command('start')
    .description('Start a runner with the config of this folder or ONCEOVER_CONFIG')
    .action(async () => {
      const environment = read();
      const signals = untilSignal();
      const loaded = await loadConfig(
        environment.configFile ?? join(process.cwd(), 'onceover.config.ts'),
        environment,
      );
      const runner = await startRunner({ environment, loaded, log: createLog(environment) });
      print(`onceover ${environment.name} (${environment.mode}) is ready at ${runner.url}`);
      await signals.received;
      await runner.stop();
      signals.dispose();
    });
}

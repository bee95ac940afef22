import { Command } from 'commander';
import { configFileOf } from '../../config/config-file.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { CliContext } from '../main.ts';
import { untilSignal } from '../until-signal.ts';

/** `onceover start`: one runner until SIGINT, SIGTERM or SIGHUP. */
export function startCommand({ environment: read, print }: CliContext): Command {
  return new Command('start')
    .description('Start a runner with the config of this folder or ONCEOVER_CONFIG')
    .action(async () => {
      const environment = read();
      const signals = untilSignal();
      try {
        // All that a runner is made of would double the time of the commands that need nothing of it.
        const { createLog, runUntilSignal } = await import('../run-until-signal.ts');
        const file = configFileOf(environment);
        const loaded = await loadConfig(file, environment);
        await runUntilSignal({ environment, loaded, log: createLog(environment) }, signals, print);
      } finally {
        signals.dispose();
      }
    });
}

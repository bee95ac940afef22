import { join } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { runDemo } from '../../demo/run-demo.ts';
import { packageFolder } from '../../package-folder.ts';
import type { CliContext } from '../main.ts';
import { untilSignal } from '../until-signal.ts';

/** `onceover demo`, what `npm start` runs: the example with three vendor fakes, or ONCEOVER_CONFIG without any. */
export function demoCommand({ environment: read, print, printError }: CliContext): Command {
  return new Command('demo')
    .description('Run the example: three vendor fakes, a replay, and the runner')
    .action(async () => {
      const environment = read();
      const signals = untilSignal();
      // Progress and the table are for a person; the log speaks up when something is wrong.
      const logLevel = environment.logLevel === 'info' ? 'warn' : environment.logLevel;
      const { createLog } = await import('../../create-log.ts');
      const log = createLog({ ...environment, logLevel });
      try {
        if (environment.configFile !== undefined) {
          const { runUntilSignal } = await import('../run-until-signal.ts');
          const loaded = await loadConfig(environment.configFile, environment);
          const progress = (stage: string) => printError(`${stage} …`);
          await runUntilSignal({ environment, loaded, log, progress }, signals, print);
        } else {
          const folder = packageFolder();
          await runDemo({
            environment,
            loaded: await loadConfig(join(folder, 'onceover.config.ts'), environment),
            goldenFile: join(folder, 'golden', 'webhooks.generated.json'),
            log,
            print,
            signal: signals.signal,
          });
        }
      } finally {
        signals.dispose();
      }
    });
}

import { join } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { createLog } from '../../create-log.ts';
import { runDemo } from '../../demo/run-demo.ts';
import { packageFolder } from '../../package-folder.ts';
import { startRunner } from '../../start-runner.ts';
import type { CliContext } from '../main.ts';
import { untilSignal } from '../until-signal.ts';

/** `onceover demo`, what `npm start` runs: the example with three vendor fakes, or ONCEOVER_CONFIG without any. */
export function demoCommand({ environment: read, print, printError }: CliContext): Command {
  return new Command('demo')
    .description('Run the example: three vendor fakes, a replay, and the runner')
    .action(async () => {
      const environment = read();
      const signals = untilSignal();
      const log = createLog({
        ...environment,
        logLevel: environment.logLevel === 'info' ? 'warn' : environment.logLevel,
      });
      if (environment.configFile !== undefined) {
        const runner = await startRunner({
          environment,
          loaded: await loadConfig(environment.configFile, environment),
          log,
          progress: printError,
        });
        print(`onceover ${environment.name} (${environment.mode}) is ready at ${runner.url}`);
        await signals.received;
        await runner.stop();
      } else {
        const example = join(packageFolder(), 'onceover.config.ts');
        await runDemo({
          environment,
          loaded: await loadConfig(example, environment),
          goldenFile: join(packageFolder(), 'golden', 'webhooks.generated.json'),
          log,
          print,
          ended: signals.received,
        });
      }
      signals.dispose();
    });
}

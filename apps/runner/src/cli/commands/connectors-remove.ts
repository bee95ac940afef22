import { dirname } from 'node:path';
import { Command } from 'commander';
import { configFileOf } from '../../config/config-file.ts';
import type { CliContext } from '../main.ts';

/** `onceover connectors remove <id>[@<version>]`: takes an installed connector out of `onceover.lock`, and its files away. */
export function connectorsRemoveCommand({ environment: read, print }: CliContext): Command {
  return new Command('remove')
    .description('Remove an installed connector')
    .argument('<id>', 'its id, or one version: acme@1.2.3')
    .option('--json', 'print JSON')
    .action(async (reference: string, { json }: { json?: boolean }) => {
      const environment = read();
      const { removeConnector } = await import('../../connectors/installed/remove-connector.ts');
      const removed = await removeConnector(reference, {
        dataDir: environment.dataDir,
        configFolder: dirname(configFileOf(environment)),
      });
      const items = removed.map(({ id, package: name, version }) => ({ id, package: name, version }));
      if (json === true) return print(JSON.stringify({ items }, null, 2));
      for (const { id, version } of items)
        print(`Removed: ${id} ${version}. Stop the runners that still use it.`);
    });
}

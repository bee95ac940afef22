import { dirname } from 'node:path';
import { bumpOf, compareManifests, type ManifestChange } from '@onceover/contract';
import { Command } from 'commander';
import { configFileOf } from '../../config/config-file.ts';
import { readManifest } from '../../connectors/read-manifest.ts';
import type { CliContext } from '../main.ts';
import { formatTable } from '../table.ts';

/** `onceover connectors diff <before> <after>`: what a later version of a connector may do that an earlier one may not. */
export function connectorsDiffCommand({ environment: read, print }: CliContext): Command {
  return new Command('diff')
    .description('Compare two versions of a connector: scopes, hosts, calls, guarantees, impact')
    .argument('<before>', 'a workspace id, an installed version (acme@1.2.0), a folder, or a manifest file')
    .argument('<after>', 'the same of the later version')
    .option('--json', 'print JSON')
    .action(async (before: string, after: string, { json }: { json?: boolean }) => {
      const folder = process.cwd();
      const place = () => {
        const environment = read();
        const { dataDir, npmVariables } = environment;
        return { dataDir, npmVariables, configFolder: dirname(configFileOf(environment)) };
      };
      const [old, now] = await Promise.all([
        readManifest(before, folder, place),
        readManifest(after, folder, place),
      ]);
      const changes = compareManifests(old, now);
      const widens = changes.some((change) => change.widens);
      const bump = bumpOf(changes);
      if (json === true) return print(JSON.stringify({ connector: now.id, widens, bump, changes }, null, 2));
      if (changes.length === 0) return print(`The manifests of ${now.id} do not differ.`);
      print(formatTable(['', 'area', 'where', 'change'], changes.map(rowOf)));
      print('');
      print(
        widens
          ? `It may do more than before: whoever reviews it looks at the lines with "wider". Next version: ${bump}.`
          : `It may do no more than before. Next version: ${bump}.`,
      );
    });
}

function rowOf({ widens, area, path, summary }: ManifestChange): string[] {
  return [widens ? 'wider' : '', area, path, summary];
}

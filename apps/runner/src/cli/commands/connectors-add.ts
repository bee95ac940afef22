import { dirname } from 'node:path';
import { ConflictError } from '@onceover/contract';
import { Command } from 'commander';
import type { AddedConnector } from '../../connectors/installed/add-connector.ts';
import { lockFileIn } from '../../connectors/installed/connector-lock.ts';
import type { CliContext } from '../main.ts';
import { untilSignal } from '../until-signal.ts';
import { configFileOf } from '../../config/config-file.ts';

/** `onceover connectors add <package>@<version>`: installs a connector and pins it in `onceover.lock`. */
export function connectorsAddCommand({ environment: read, print }: CliContext): Command {
  return new Command('add')
    .description('Install a connector from npm’s registry or a tarball, and pin it in onceover.lock')
    .argument('<package>', '@acme/connector@1.2.3, or a tarball: ./acme-1.2.3.tgz')
    .option('--json', 'print JSON')
    .action(async (reference: string, { json }: { json?: boolean }) => {
      const environment = read();
      const configFile = configFileOf(environment);
      const signals = untilSignal();
      try {
        const { addConnector } = await import('../../connectors/installed/add-connector.ts');
        const added = await addConnector(reference, {
          dataDir: environment.dataDir,
          configFolder: dirname(configFile),
          npmVariables: environment.npmVariables,
          from: process.cwd(),
          signal: signals.signal,
        });
        if (json === true) print(JSON.stringify(shown(added), null, 2));
        else for (const line of linesOf(added, configFile)) print(line);
      } catch (error) {
        if (!signals.signal.aborted) throw error;
        throw new ConflictError('It was broken off: nothing is half installed. Give the command again.');
      } finally {
        signals.dispose();
      }
    });
}

function shown({ locked, connector, isKnown }: AddedConnector) {
  const { id, package: name, version, integrity, files } = locked;
  const { egress, auth } = connector.manifest;
  return { id, package: name, version, integrity, files, isKnown, egress, scopes: Object.keys(auth.scopes) };
}

function linesOf(added: AddedConnector, configFile: string): string[] {
  const { id, package: name, version, integrity, isKnown, egress, scopes } = shown(added);
  return [
    `${isKnown ? 'Already installed' : 'Installed'}: ${id} ${version} (${name}, ${integrity.slice(0, 15)}…)`,
    `  may reach: ${egress.join(' ')}`,
    `  asks for: ${scopes.join(' ') || 'no scope'}`,
    `${lockFileIn(dirname(configFile))} pins it: commit it. Runners use it from their next start, where "connectors" in ${configFile} names '${id}'.`,
  ];
}

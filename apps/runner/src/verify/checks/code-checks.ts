import {
  detectIsolation,
  type IsolationLevel,
  type LoadedConnector,
  requireSameFiles,
  tryConnectorCode,
} from '@onceover/broker';
import { OnceoverError } from '@onceover/contract';
import { type Check, CheckFailure, NotRun } from '../check.ts';

/** What the checks of the code have found out for the later ones. */
export interface CodeFindings {
  level?: IsolationLevel;
  /** Why the code cannot be used. */
  trouble?: unknown;
}

const hasCode = (error: unknown, code: string) => OnceoverError.isInstance(error) && error.code === code;

/** The best level of this machine, and whether the code starts in it. The level's own promises are tried by a process of ours. */
export function isolationCheck(connector: LoadedConnector, found: CodeFindings): Check {
  return {
    name: 'isolation',
    async run() {
      const { levels, missing } = await detectIsolation();
      const [level = 'inline'] = levels;
      if (level === 'inline') {
        const reasons = Object.entries(missing).map(([name, reason]) => `${name}: ${reason}`);
        throw new CheckFailure(`This machine can isolate no code: ${reasons.join('; ')}`);
      }
      found.level = level;
      const startedAt = performance.now();
      try {
        await tryConnectorCode(connector, level);
      } catch (error) {
        found.trouble = error;
        // The next line tells of a manifest that differs: the code itself has started.
        if (!hasCode(error, 'manifest_differs')) {
          throw new CheckFailure(
            `${error instanceof Error ? error.message : String(error)} A host has no files but the package's and its dependencies', no network, no processes and no environment: import nothing that needs them.`,
            { cause: error },
          );
        }
      }
      const ms = Math.round(performance.now() - startedAt);
      const less = Object.entries(missing).map(([name, reason]) => ` (no ${name}: ${reason})`);
      return `${level}: a process of ours was refused files, network, processes, workers and addons; the code loads in ${ms} ms${less.join('')}`;
    },
  };
}

export function manifestCheck(connector: LoadedConnector, found: CodeFindings): Check {
  return {
    name: 'manifest',
    async run() {
      if (hasCode(found.trouble, 'manifest_differs')) throw found.trouble;
      if (found.trouble !== undefined || found.level === undefined) throw new NotRun('the code did not load');
      const { operations, triggers } = connector.manifest;
      return `valid, and what the code declares: ${operations.length} operations, ${triggers.length} triggers`;
    },
  };
}

/** Runs last: neither the code nor the sandbox may have changed a file. */
export function filesCheck(connector: LoadedConnector): Check {
  return {
    name: 'files',
    async run() {
      await requireSameFiles(connector);
      const count = Object.keys(connector.files.hashes).length;
      return `${count} files, ${connector.source === 'installed' ? 'as onceover.lock has them' : 'as they were read'}: ${connector.integrity.slice(0, 15)}…`;
    },
  };
}

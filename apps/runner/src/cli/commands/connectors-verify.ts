import { dirname } from 'node:path';
import { ConfigurationError, ConflictError } from '@onceover/contract';
import { Command } from 'commander';
import { configFileOf } from '../../config/config-file.ts';
import { createProgress } from '../../demo/progress.ts';
import type { CheckResult } from '../../verify/check.ts';
import type { CliContext } from '../main.ts';
import { formatTable } from '../table.ts';
import { untilSignal } from '../until-signal.ts';

/** `onceover connectors verify <connector>`: drives a connector from its manifest alone, against its own sandbox. */
export function connectorsVerifyCommand({ environment: read, print }: CliContext): Command {
  return new Command('verify')
    .description(
      'Try a connector: isolation, OAuth, webhook, rotation, kills; against its sandbox, on a database of its own',
    )
    .argument(
      '<connector>',
      'a folder, a workspace or installed id, a package with its version, or a tarball',
    )
    .option('--no-kill', 'leave out the kills, which take a minute or two')
    .option('--lines', 'a row for each sentence of the conformance suite')
    .option('--json', 'print JSON')
    .action(
      async (
        reference: string,
        { json, lines, kill }: { json?: boolean; lines?: boolean; kill: boolean },
      ) => {
        const environment = read();
        const signals = untilSignal();
        const progress = createProgress(process.stderr);
        const { signal } = signals;
        const [, cli] = process.argv;
        if (cli === undefined) throw new ConfigurationError('The CLI does not know its own file.');
        try {
          const { findTarget, verifyConnector } = await import('../../verify/index.ts');
          const { dataDir, npmVariables: variables } = environment;
          const configFolder = dirname(configFileOf(environment));
          const place = { dataDir, configFolder, npmVariables: variables, from: process.cwd(), signal };
          await using target = await findTarget(reference, place);
          const { connector } = target;
          const tell = (text: string) => progress.update(text);
          const checks = await verifyConnector({ ...target, cli, variables, kill, progress: tell, signal });
          const failed = checks.filter(({ result }) => result === 'failed').length;
          const { id, version, integrity } = connector;
          progress.done(`${id} ${version}: ${checks.length} checks`);
          if (json === true)
            print(JSON.stringify({ connector: id, version, integrity, failed, checks }, null, 2));
          else for (const line of linesOf(checks, lines === true)) print(line);
          if (failed > 0) process.exitCode = 1;
        } catch (error) {
          if (!signal.aborted) throw error;
          throw new ConflictError('It was broken off.');
        } finally {
          signals.dispose();
        }
      },
    );
}

const marks = { passed: '✓', failed: '✗', 'not run': '–' } as const;

function linesOf(checks: readonly CheckResult[], isWhole: boolean): string[] {
  const rows = checks.flatMap((one) => (isWhole && one.lines !== undefined ? suiteRows(one) : [rowOf(one)]));
  const count = (wanted: CheckResult['result']) => checks.filter(({ result }) => result === wanted).length;
  return [
    formatTable(['check', 'result', 'time', 'seen'], rows),
    `${count('passed')} passed, ${count('failed')} failed, ${count('not run')} not run`,
  ];
}

function rowOf({ check, result, ms, detail }: CheckResult): string[] {
  return [`${marks[result]} ${check}`, result, `${(ms / 1000).toFixed(1)} s`, detail.replaceAll('\n', ' ')];
}

function suiteRows({ check, lines = [] }: CheckResult): string[][] {
  return lines.map(({ about, name, problem }) => {
    const result = problem === null ? 'passed' : 'failed';
    const sentence = `${about}: ${name}`;
    return [`${marks[result]} ${check}`, result, '', problem === null ? sentence : `${sentence}: ${problem}`];
  });
}

import type { LoadedConnector } from '@onceover/broker';
import { type Check, type CheckResult, runCheck } from './check.ts';
import { type CodeFindings, filesCheck, isolationCheck, manifestCheck } from './checks/code-checks.ts';
import { killCheck, type KillFindings } from './checks/kill-checks.ts';
import { authorizeCheck, refreshCheck, revokeCheck } from './checks/oauth-checks.ts';
import { rotationCheck } from './checks/rotation-check.ts';
import { writeCheck, type WriteOperation } from './checks/write-check.ts';
import { type OpenVerifyDatabase, openVerifyRig, type VerifyRig } from './verify-rig.ts';

export interface VerifyOptions {
  connector: LoadedConnector;
  /** The folder whose `./sandbox` is run. */
  sandboxFolder: string;
  /** The CLI's file: sandbox and runners are processes of it. */
  cli: string;
  /** What these processes see of the environment. */
  variables: NodeJS.ProcessEnv;
  /** Whether runners are killed, which takes half a minute. */
  kill: boolean;
  /** An embedded one when left out. */
  openDatabase?: OpenVerifyDatabase;
  progress: (text: string) => void;
  signal: AbortSignal;
}

/** Drives a connector by its manifest alone; nothing of it is imported here. Each check has a line, whatever others found. */
export async function verifyConnector(options: VerifyOptions): Promise<readonly CheckResult[]> {
  const { connector, progress, signal } = options;
  const results: CheckResult[] = [];
  const run = async (check: Check) => {
    signal.throwIfAborted();
    progress(`${connector.id} ${connector.version}: ${check.name} …`);
    results.push(await runCheck(check));
  };
  const code: CodeFindings = {};
  await run(isolationCheck(connector, code));
  await run(manifestCheck(connector, code));
  if (code.level !== undefined && code.trouble === undefined) {
    await runAtVendor({ ...options, level: code.level }, run);
  }
  await run(filesCheck(connector));
  return results;
}

async function runAtVendor(
  options: VerifyOptions & { level: NonNullable<CodeFindings['level']> },
  run: (check: Check) => Promise<void>,
): Promise<void> {
  const opened: { rig?: VerifyRig } = {};
  await run({
    name: 'sandbox',
    async run() {
      opened.rig = await openVerifyRig(options);
      return `${options.connector.id}'s ./sandbox answers; an embedded PostgreSQL is there`;
    },
  });
  const { rig } = opened;
  if (rig === undefined) return;
  const found: { isAuthorized?: boolean; write?: WriteOperation } & KillFindings = {};
  try {
    await run(authorizeCheck(rig, found));
    await run(writeCheck(rig, found));
    await run(refreshCheck(rig, found));
    await run(revokeCheck(rig, found));
    await run(rotationCheck(options.connector.manifest));
    if (options.kill) {
      await run(killCheck('before', rig, found, options));
      await run(killCheck('after', rig, found, options));
    }
  } finally {
    await found.runner?.stop();
    await rig[Symbol.asyncDispose]();
  }
}

import type { LoadedConnector } from '@onceover/broker';
import { guaranteeClass } from '@onceover/contract';
import { type Check, type CheckResult, runCheck } from './check.ts';
import { type CodeFindings, filesCheck, isolationCheck, manifestCheck } from './checks/code-checks.ts';
import { conformanceChecks } from './checks/conformance-checks.ts';
import { classKillCheck, killCheck } from './checks/kill-checks.ts';
import { authorizeCheck, refreshCheck, revokeCheck } from './checks/oauth-checks.ts';
import { rotationChecks } from './checks/rotation-checks.ts';
import { subscriptionCheck, unsubscribeCheck } from './checks/subscription-checks.ts';
import { writeCheck } from './checks/write-check.ts';
import type { Findings } from './findings.ts';
import { type OpenVerifyDatabase, openVerifyRig, type VerifyRig } from './verify-rig.ts';
import { prepareRunner } from './verify-runner.ts';
import { writesOf } from './writes-of.ts';

export interface VerifyOptions {
  connector: LoadedConnector;
  /** The folder whose `./sandbox` is run. */
  sandboxFolder: string;
  /** The CLI's file: sandbox and runners are processes of it. */
  cli: string;
  /** What these processes see of the environment. */
  variables: NodeJS.ProcessEnv;
  /** Whether runners are killed, which takes a minute or two. */
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
  if (code.trouble === undefined) {
    progress(`${connector.id} ${connector.version}: conformance …`);
    for (const check of await conformanceChecks(options)) await run(check);
  }
  await run(filesCheck(connector));
  return results;
}

async function runAtVendor(
  options: VerifyOptions & { level: NonNullable<CodeFindings['level']> },
  run: (check: Check) => Promise<void>,
): Promise<void> {
  const opened: { rig?: VerifyRig; found?: Findings } = {};
  await run({
    name: 'sandbox',
    async run() {
      opened.rig = await openVerifyRig(options);
      opened.found = { ofClass: {}, runner: await prepareRunner(opened.rig, options) };
      return `${options.connector.id}'s ./sandbox answers; an embedded PostgreSQL is there`;
    },
  });
  const { rig, found } = opened;
  try {
    if (rig !== undefined && found !== undefined) await runWithRig(rig, found, options, run);
  } finally {
    await found?.runner.stop();
    await rig?.[Symbol.asyncDispose]();
  }
}

async function runWithRig(
  rig: VerifyRig,
  found: Findings,
  options: { kill: boolean },
  run: (check: Check) => Promise<void>,
): Promise<void> {
  await run(authorizeCheck(rig, found));
  await run(writeCheck(rig, found));
  const otherKills = options.kill
    ? otherClasses(rig, found).map((one) => classKillCheck(one, rig, found))
    : [];
  for (const check of otherKills) await check.begin();
  await run(refreshCheck(rig, found));
  await run(subscriptionCheck(rig, found, options));
  for (const check of rotationChecks(rig, found, options)) await run(check);
  if (options.kill) {
    await run(killCheck('before', rig, found));
    await run(killCheck('after', rig, found));
  }
  for (const check of otherKills) await run(check);
  await run(revokeCheck(rig, found));
  await run(unsubscribeCheck(rig, found));
}

/** Classes of the connector's writes beside the one whose write is killed anyway. */
function otherClasses(rig: VerifyRig, { write }: Findings): ('B' | 'C')[] {
  const classes = new Set(writesOf(rig).map(({ guarantee }) => guaranteeClass(guarantee)));
  if (write !== undefined) classes.delete(guaranteeClass(write.guarantee));
  return (['B', 'C'] as const).filter((one) => classes.has(one));
}

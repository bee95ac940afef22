import type { HostProgram } from '../hosts/host-command.ts';
import { createHostPool } from '../hosts/host-pool.ts';

/** A process that holds code, and says the ids of the processes in which it does: one idle, one busy for ever. */

const [program = '{}', bundleFile = ''] = process.argv.slice(2);
const pool = createHostPool({ level: 'permission', program: JSON.parse(program) as HostProgram });
const pidOf = async (tenant: string, message: { spin?: boolean }) => {
  const host = pool.automation(tenant, bundleFile);
  const reply = await host.request(message, async () => null, AbortSignal.timeout(15_000));
  return (reply as { pid: number }).pid;
};
const pids = { idle: await pidOf('idle', {}), busy: await pidOf('busy', { spin: true }) };
// Until it is busy.
setTimeout(() => process.stdout.write(`${JSON.stringify(pids)}\n`), 300);
setInterval(() => {}, 60_000);

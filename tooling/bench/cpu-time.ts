import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of /proc: fixed by Linux's interface to user space. */
const ticksPerSecond = 100;

interface Process {
  pid: number;
  parent: number;
  /** Its own and its ended children's, in seconds. */
  seconds: number;
}

/**
 * What a process and its descendants have used of the CPU, in seconds; undefined where there is no /proc.
 */
export function cpuSeconds(root: number): number | undefined {
  const processes = listProcesses();
  if (processes === undefined) return undefined;
  const own = new Set([root]);
  let seconds = 0;
  // Children have larger ids than their parents but after a wrap: look until nothing is added.
  for (let before = -1; before !== own.size; ) {
    before = own.size;
    for (const { pid, parent } of processes) if (own.has(parent)) own.add(pid);
  }
  for (const one of processes) if (own.has(one.pid)) seconds += one.seconds;
  return seconds;
}

function listProcesses(): Process[] | undefined {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => processOf(name) ?? []);
  } catch {
    return undefined;
  }
}

function processOf(pid: string): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in brackets and may hold anything: what follows the last one is fixed.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid: Number(pid), parent: Number(fields[1]), seconds: ticks / ticksPerSecond };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

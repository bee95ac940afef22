import { z } from 'zod';
import { createJailMaker } from './create-jail.ts';
import { createIsolatedHost, hostProgramFiles, type IsolationPorts } from './create-isolated-host.ts';
import { findHostTools, hostProgram } from './host-command.ts';
import type { IsolationLevel } from './host.ts';
import { defaultHostLimits } from './host-limits.ts';
import { systemTimers } from './host-timers.ts';
import { createHostUids } from './host-uids.ts';

/** What this machine offers; found by trying it. */
export interface AvailableIsolation {
  /** The best level first; `inline` is always the last. */
  levels: readonly IsolationLevel[];
  /** Why a level is not offered, for people. */
  missing: Readonly<Partial<Record<IsolationLevel, string>>>;
}

const factsSchema = z.object({
  uid: z.number(),
  groups: z.array(z.number()),
  networkInterfaces: z.array(z.string()),
  granted: z.array(z.string()),
});

const tryMs = 10_000;

/** Starts a process at each level and has it tell how it is held. Ask once, and keep the answer. */
export async function detectIsolation(
  wanted: readonly ('strict' | 'permission')[] = ['strict', 'permission'],
): Promise<AvailableIsolation> {
  const tried = await Promise.all(wanted.map(async (level) => [level, await reasonAgainst(level)] as const));
  const missing = tried.filter(([, reason]) => reason !== undefined);
  return {
    levels: [...tried.filter(([, reason]) => reason === undefined).map(([level]) => level), 'inline'],
    missing: Object.fromEntries(missing),
  };
}

async function reasonAgainst(level: 'strict' | 'permission'): Promise<string | undefined> {
  const isRoot = process.getuid?.() === 0;
  if (level === 'strict' && process.platform !== 'linux') return 'it needs Linux';
  if (level === 'strict' && !isRoot) {
    return 'the runner must start as root, to give each host a user and a network of its own';
  }
  const host = createIsolatedHost(
    {
      name: `a trial of ${level} isolation`,
      prepare: async () => ({ code: { kind: 'probe' }, readable: { paths: [], packages: {} } }),
    },
    trialPorts(level),
  );
  try {
    const answer = await host.request({}, async () => null, AbortSignal.timeout(tryMs));
    const facts = factsSchema.safeParse(answer);
    return facts.success ? gapIn(level, facts.data) : 'the trial process answered something else';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await host.close();
  }
}

function gapIn(level: IsolationLevel, facts: z.output<typeof factsSchema>): string | undefined {
  const { uid, groups, networkInterfaces, granted } = facts;
  if (granted.length > 0) return `Node grants ${granted.join(', ')} in spite of --permission`;
  if (level !== 'strict') return undefined;
  if (uid === process.getuid?.()) return "the process kept the runner's user";
  if (groups.some((group) => group !== uid)) return `the process kept the groups ${groups.join(', ')}`;
  if (networkInterfaces.length > 0) return `the process sees the network ${networkInterfaces.join(', ')}`;
  return undefined;
}

function trialPorts(level: 'strict' | 'permission'): IsolationPorts {
  const tools = findHostTools();
  return {
    level,
    limits: defaultHostLimits,
    timers: systemTimers,
    uids: createHostUids(),
    program: hostProgram,
    programFiles: hostProgramFiles(hostProgram),
    tools,
    jail: createJailMaker(tools),
    random: Math.random,
    onOutput: () => {},
    onStart: () => {},
  };
}

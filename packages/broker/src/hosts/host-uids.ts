import { readdir, readFile, stat } from 'node:fs/promises';

/** Users that exist in no password file and run nothing: one for each host process. */
export interface HostUids {
  /** @throws when all are taken */
  take(): Promise<number>;
  release(uid: number): void;
}

/** Below systemd's dynamic users, above those of people and packages; inside a container's usual 65,536. */
const first = 60_600;
const count = 500;

/** @param random 0 ≤ n < 1; runners on one machine know nothing of each other and should not begin at one place */
export function createHostUids(random: () => number = Math.random): HostUids {
  const taken = new Set<number>();
  let next = Math.floor(random() * count);
  return {
    async take() {
      const used = await usedUids();
      for (let tried = 0; tried < count; tried += 1) {
        const uid = first + (next % count);
        next += 1;
        if (taken.has(uid) || used.has(uid)) continue;
        taken.add(uid);
        return uid;
      }
      throw new Error(`all of the ${count} users for host processes are taken`);
    },
    release: (uid) => void taken.delete(uid),
  };
}

/** Users of the password file, and those that own a process now: another runner's hosts, or a container's. */
async function usedUids(): Promise<ReadonlySet<number>> {
  const used = new Set<number>();
  const passwords = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const line of passwords.split('\n')) used.add(Number(line.split(':')[2]));
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((entry) => /^\d+$/.test(entry));
  await Promise.all(
    pids.map(async (pid) => {
      const owner = await stat(`/proc/${pid}`).catch(() => undefined);
      if (owner !== undefined) used.add(owner.uid);
    }),
  );
  return used;
}

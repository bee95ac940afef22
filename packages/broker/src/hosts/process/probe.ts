import os from 'node:os';
import type { HostedModule } from '@onceover/contract/hosting';

/** What a process can find out about how it is held. */
export interface ProbeFacts {
  uid: number;
  groups: number[];
  networkInterfaces: string[];
  /** What `--permission` grants, of what must not be granted. */
  granted: string[];
}

/** Code of our own, in the place of a connector's: tells how it is held. */
export const probe: HostedModule = {
  handle: async () => {
    const scopes = ['fs.write', 'net', 'child', 'worker', 'inspector', 'wasi', 'addon', 'ffi'];
    const facts: ProbeFacts = {
      uid: process.getuid?.() ?? -1,
      groups: process.getgroups?.() ?? [],
      networkInterfaces: Object.keys(os.networkInterfaces()),
      // Without `--permission` there is no `process.permission`, and everything is granted.
      granted: scopes.filter((scope) => process.permission?.has(scope) ?? true),
    };
    return { ...facts };
  },
};

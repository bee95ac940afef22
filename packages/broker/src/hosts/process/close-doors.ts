import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/**
 * Takes from this process what `--permission` leaves it and no connector needs: signals and priorities reach other
 * processes of the same user. Node promises nothing here; an own user and an empty network namespace (`strict`) do.
 */
export function closeDoors(): void {
  const doors: [object, readonly string[]][] = [
    [
      process,
      [
        'kill',
        '_kill',
        '_debugProcess',
        '_debugEnd',
        'execve',
        'dlopen',
        'binding',
        '_linkedBinding',
        'setuid',
        'seteuid',
        'setgid',
        'setegid',
        'setgroups',
        'initgroups',
        'loadEnvFile',
        'send',
        'channel',
        'disconnect',
      ],
    ],
    [os, ['setPriority', 'getPriority']],
  ];
  for (const [owner, names] of doors) {
    for (const name of names) {
      Object.defineProperty(owner, name, { value: undefined, writable: false, configurable: false });
    }
  }
  // What `import { kill } from 'node:process'` gives is a copy.
  syncBuiltinESMExports();
}

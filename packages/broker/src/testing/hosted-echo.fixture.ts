import type { HostedModule } from '@onceover/contract/hosting';

/** Tells which process it is in, prints what it is given, ends, or is busy for ever once it has answered. */
const echo: HostedModule = {
  async handle(message) {
    const { print, exit, spin } = message as { print?: string; exit?: boolean; spin?: boolean };
    if (print !== undefined) process.stdout.write(print);
    if (exit === true) process.exit(3);
    if (spin === true) {
      setTimeout(() => {
        for (;;);
      }, 50);
    }
    return { pid: process.pid };
  },
};

export default echo;

import { Socket } from 'node:net';
import type { HostedModule } from '@onceover/contract/hosting';
import { closeDoors } from './close-doors.ts';
import { probe } from './probe.ts';
import { serveFrames } from './serve-frames.ts';

/** What the host asks to hold. */
export type HostedCode =
  | { kind: 'connector'; entry: string; integrity: string }
  /** A bundle is one file: its text is sent, and the process need read none. */
  | { kind: 'automation'; file: string; source: string }
  | { kind: 'probe' };

const pipeDescriptor = 3;

async function load(text: string): Promise<HostedModule> {
  // The host's own words; it sends nothing else as a `load`.
  const code = JSON.parse(text) as HostedCode;
  switch (code.kind) {
    case 'connector': {
      // Only here, because the schemas behind it take their time.
      const { loadConnectorModule } = await import('../load-connector-module.ts');
      return loadConnectorModule(code.entry, code.integrity);
    }
    case 'automation': {
      const { loadAutomationModule } = await import('../load-automation-module.ts');
      return loadAutomationModule(code.file, code.source);
    }
    case 'probe':
      return probe;
  }
}

/** Holds code at the other end of the pipe that the host has given. */
export function hold(): void {
  const pipe = new Socket({ fd: pipeDescriptor });
  // The host is gone, or wants this process to be: there is nothing left to do.
  pipe.on('close', () => process.exit(0));
  pipe.on('error', () => process.exit(0));
  // A promise that nobody waits for, such as a denied call that was not awaited, costs the code that one call; what
  // is thrown outside of any promise ends the process, as nobody knows its state.
  process.on('unhandledRejection', (reason) => {
    process.stderr.write(`unhandled rejection: ${String(reason)}\n`);
  });
  closeDoors();
  serveFrames(pipe, load);
}

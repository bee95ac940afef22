import type { HostedModule, JsonValue } from '@onceover/contract/hosting';
import { fileAttacks } from './attacks/file-attacks.fixture.ts';
import { networkAttacks } from './attacks/network-attacks.fixture.ts';
import { pipeAttacks } from './attacks/pipe-attacks.fixture.ts';
import { processAttacks } from './attacks/process-attacks.fixture.ts';
import { resourceAttacks } from './attacks/resource-attacks.fixture.ts';
import { stateAttacks } from './attacks/state-attacks.fixture.ts';
import type { Attack } from './attacks/attack.fixture.ts';

const attacks: Record<string, Attack> = {
  ...fileAttacks,
  ...networkAttacks,
  ...processAttacks,
  ...resourceAttacks,
  ...pipeAttacks,
  ...stateAttacks,
  'call a vendor': ({ call }) => call({ kind: 'http', request: { method: 'GET', path: '/orders/1' } }),
  'read links of a connection': ({ call }) => call({ kind: 'links-find', resource: 'orders', keys: ['1'] }),
};

/** An automation bundle that does what a test asks for and tells what it got. */
const hostile: HostedModule = {
  async handle(message, callback, signal) {
    const { name, targets } = message as unknown as { name: string; targets: Record<string, string> };
    const attack = attacks[name];
    if (attack === undefined) return { unknown: name };
    try {
      const got = await attack({ targets, call: (call) => callback(call as JsonValue), signal });
      return { got: (got ?? null) as JsonValue };
    } catch (error) {
      const { code = 'no code', message: text } = error as { code?: string; message: string };
      return { refused: code, message: text };
    }
  },
};

export default hostile;

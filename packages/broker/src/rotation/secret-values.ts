import { listSecretVersions } from '@onceover/store';
import type { SecretValues } from './hook-credential.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { StepFacts } from './rotation-step.ts';

type Facts = Pick<StepFacts, 'row' | 'holder'>;
type Ports = Pick<RotationPorts, 'store' | 'vault'>;

/** The version in use. Read anew: a step must not act on what was seconds ago. */
export async function currentOf(facts: Facts, ports: Ports): Promise<SecretValues> {
  return valuesOf(facts, ports, (state) => state === 'current' && 'current');
}

/** The version in use, and the one that the rotation makes. */
export async function currentAndPending(facts: Facts, ports: Ports): Promise<SecretValues> {
  return valuesOf(facts, ports, (state) => (state === 'current' || state === 'pending') && state);
}

/** The version in use, and the one that the rotation has replaced. */
export async function currentAndPrevious(facts: Facts, ports: Ports): Promise<SecretValues> {
  const { row, holder } = facts;
  const previous =
    row.replaces === null ? undefined : await ports.vault.open(holder.secrets, row.field, row.replaces);
  return { ...(await currentOf(facts, ports)), ...(previous && { previous }) };
}

async function valuesOf(
  { row, holder }: Facts,
  { store, vault }: Ports,
  partOf: (state: string) => keyof SecretValues | false,
): Promise<SecretValues> {
  const found: SecretValues[] = [];
  for (const { version, state } of await listSecretVersions(store, { owner: row.owner, field: row.field })) {
    const part = partOf(state);
    const secret = part === false ? undefined : await vault.open(holder.secrets, row.field, version);
    if (part !== false && secret !== undefined) found.push({ [part]: secret });
  }
  return Object.assign({}, ...found) as SecretValues;
}

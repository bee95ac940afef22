import { hash } from 'node:crypto';

/** The id of a lane, the same wherever it is computed: a digest of what the lane is, as a UUID of version 8. */
export function laneId(lane: { kind: 'run' | 'item'; tenant: string; flow: string; key: string }): string {
  const { kind, tenant, flow, key } = lane;
  return digestUuid([kind, tenant, flow, key]);
}

/** A UUID of version 8 that stands for these texts. */
export function digestUuid(parts: readonly string[]): string {
  // Lengths in front: no two lists of texts give one input.
  const input = parts.map((part) => `${part.length}:${part}`).join('');
  const hex = hash('sha256', input, 'hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

import { lookupOf } from '@onceover/contract';
import { expect } from 'vitest';
import { ledgerOf } from '../world.ts';
import type { WriteManifest } from './line.ts';

/** A fault's pattern for a call of the manifest: that call and no longer path. */
export function patternOf(template: string): string {
  return `${template}$`;
}

/** How long the vendor's search may lag; the clock is moved past it before a search must find something. */
export function lagSeconds(operation: WriteManifest): number {
  return lookupOf(operation.guarantee)?.lagSeconds ?? 0;
}

/** The ids of the records that an operation created, in their order. */
export function ledgerIds(
  sandbox: Parameters<typeof ledgerOf>[0],
  operation: WriteManifest,
): readonly string[] {
  return ledgerOf(sandbox, operation.resource)
    .filter(({ action }) => action === 'created')
    .map(({ vendorId }) => vendorId);
}

/** So many records were created, each of them once. */
export function expectCreatedOnce(
  sandbox: Parameters<typeof ledgerOf>[0],
  operation: WriteManifest,
  records: number,
): void {
  const created = ledgerOf(sandbox, operation.resource).filter(({ action }) => action === 'created');
  expect(created.map(({ count }) => count)).toEqual(Array.from({ length: records }, () => 1));
}

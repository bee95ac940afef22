import { createHash } from 'node:crypto';
import type { OperationManifest } from '@onceover/contract';
import type { RenderedWrite } from '../call-types.ts';
import { lengthPrefixed } from '../vault/length-prefixed.ts';

/**
 * The header that keeps a call's write single at the vendor: a digest of its effects' keys and of what is written.
 * A kept write goes again with the key that was kept with it. A write that was planned anew after the vendor refused
 * an earlier one is another request, and vendors refuse another request under a used key.
 */
export function idempotencyOf(
  operation: OperationManifest,
  effectKeys: readonly string[],
  writeHash: string,
): RenderedWrite['idempotency'] {
  if (operation.kind !== 'write' || operation.guarantee.kind !== 'idempotencyKey') return null;
  const key = createHash('sha256')
    .update(lengthPrefixed(['onceover-key-v1', ...effectKeys, writeHash]))
    .digest('hex');
  return { header: operation.guarantee.header, key };
}

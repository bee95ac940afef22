import { createHash } from 'node:crypto';
import type { OperationManifest } from '@onceover/contract';
import type { RenderedWrite } from '../call-types.ts';
import { lengthPrefixed } from '../vault/length-prefixed.ts';

/**
 * The header that keeps a call's write single at the vendor. One record: the effect's own key. Several: a digest of
 * all their keys, so that another set of records is another write.
 */
export function idempotencyOf(
  operation: OperationManifest,
  effectKeys: readonly string[],
): RenderedWrite['idempotency'] {
  if (operation.kind !== 'write' || operation.guarantee.kind !== 'idempotencyKey') return null;
  const { header } = operation.guarantee;
  const [only] = effectKeys;
  const key =
    effectKeys.length === 1 && only !== undefined
      ? only
      : createHash('sha256').update(lengthPrefixed(effectKeys)).digest('hex');
  return { header, key };
}

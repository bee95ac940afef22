import { createHmac } from 'node:crypto';
import { lengthPrefixed } from '../vault/length-prefixed.ts';

/** Effect keys: 64 lower-case hex digits, the same for the same parts, and nothing to be read from them. */
export function createEffectKey(key: Buffer): (parts: readonly string[]) => string {
  return (parts) => createHmac('sha256', key).update(lengthPrefixed(parts)).digest('hex');
}

import { hash } from 'node:crypto';

/** Lower-case hex SHA-256: how a leaf names content without holding it. */
export function hashOf(text: string): string {
  return hash('sha256', text, 'hex');
}

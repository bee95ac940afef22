import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { OnceoverError } from '@onceover/contract';

const nonceBytes = 12;
const tagBytes = 16;
export const keyBytes = 32;

/** AES-256-GCM: nonce, ciphertext, tag. `context` is bound to it and must be the same to open it. */
export function seal(key: Buffer, plaintext: Buffer, context: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(context);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @throws {OnceoverError} `secret_unreadable` when anything about it is not as it was sealed */
export function unseal(key: Buffer, sealed: Buffer, context: Buffer): Buffer {
  // Node would accept a tag of four bytes if its length were left to the data.
  if (sealed.length < nonceBytes + tagBytes) throw unreadable();
  const nonce = sealed.subarray(0, nonceBytes);
  const tag = sealed.subarray(sealed.length - tagBytes);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(context);
    decipher.setAuthTag(tag);
    return Buffer.concat([
      decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)),
      decipher.final(),
    ]);
  } catch {
    // The reason would tell a forger how far he came, and helps nobody else.
    throw unreadable();
  }
}

function unreadable(): OnceoverError {
  return new OnceoverError(
    'A stored secret cannot be read: it was sealed for something else, changed, or cut. Store it again.',
    { code: 'secret_unreadable' },
  );
}

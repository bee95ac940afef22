import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { keyBytes } from '../vault/seal.ts';
import type { KeyVersion } from './keyring.ts';

/** A keyring as it is kept: JSON. */
const keyringSchema = z.strictObject({
  version: z.literal(1),
  keys: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9-]{1,64}$/),
        createdAt: z.iso.datetime(),
        key: z.base64().refine((text) => Buffer.from(text, 'base64').length === keyBytes),
      }),
    )
    .min(1)
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length),
});

type KeyringContent = z.output<typeof keyringSchema>;

export const keyringForm =
  'It is JSON: {"version":1,"keys":[{"id","createdAt","key"}]}, ids unique, each key 32 bytes in base64.';

/** Undefined when it is none; why is not told, for it would tell of what it holds. */
export function parseKeyring(text: string): readonly KeyVersion[] | undefined {
  return contentOf(text)?.keys.map(({ id, createdAt, key }) => ({
    id,
    createdAt: new Date(createdAt),
    key: Buffer.from(key, 'base64'),
  }));
}

export function newKeyringText(): string {
  return textOf({ version: 1, keys: [newKey(new Date())] });
}

/** The keyring with one more key, which is the newest whatever the clock says. */
export function withNewKey(text: string): { text: string; id: string } | undefined {
  const content = contentOf(text);
  if (content === undefined) return undefined;
  const latest = Math.max(...content.keys.map(({ createdAt }) => Date.parse(createdAt)));
  const key = newKey(new Date(Math.max(Date.now(), latest + 1)));
  return { text: textOf({ ...content, keys: [...content.keys, key] }), id: key.id };
}

function newKey(createdAt: Date): KeyringContent['keys'][number] {
  return {
    id: `key-${randomBytes(4).toString('hex')}`,
    createdAt: createdAt.toISOString(),
    key: randomBytes(keyBytes).toString('base64'),
  };
}

function contentOf(text: string): KeyringContent | undefined {
  try {
    return keyringSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function textOf(content: KeyringContent): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

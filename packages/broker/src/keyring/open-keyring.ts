import { ConfigurationError } from '@onceover/contract';
import type { KeyProvider } from './key-provider.ts';
import { createKeyring, type Keyring, type KeyVersion } from './keyring.ts';
import { keyringForm, parseKeyring, withNewKey } from './keyring-text.ts';

/**
 * Opens the keyring that a provider keeps.
 * @throws {ConfigurationError} `keyring_missing`, `keyring_mode`, `keyring_command`, `keyring_invalid`; never with what
 *   it holds
 */
export async function openKeyring(provider: KeyProvider): Promise<Keyring> {
  const load = async () => versionsOf(provider, await provider.read());
  return createKeyring(await load(), load);
}

/**
 * Adds a key where the keyring is kept. Runners use it from their next look on.
 * @returns its id
 * @throws {ConfigurationError} `keyring_read_only` where the runner may only read it
 */
export async function addKey(provider: KeyProvider): Promise<string> {
  const { write } = provider;
  if (write === undefined) {
    throw new ConfigurationError(
      `The runner may only read ${provider.name}. Add a key there, with a later "createdAt" than the others. ${keyringForm}`,
      { code: 'keyring_read_only' },
    );
  }
  const added = withNewKey(await provider.read());
  if (added === undefined) throw invalid(provider);
  await write.call(provider, added.text);
  return added.id;
}

function versionsOf(provider: KeyProvider, text: string): readonly KeyVersion[] {
  const versions = parseKeyring(text);
  if (versions === undefined) throw invalid(provider);
  return versions;
}

function invalid({ name }: KeyProvider): ConfigurationError {
  return new ConfigurationError(
    `The keyring of ${name} cannot be read as one. ${keyringForm} Restore it from its backup.`,
    { code: 'keyring_invalid' },
  );
}

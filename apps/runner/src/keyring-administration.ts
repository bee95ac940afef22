import { addKey, type Broker, type Keyring, type KeyProvider, type RewrapProgress } from '@onceover/broker';
import { countKeyringUse, type Store } from '@onceover/store';

export interface KeyringAdministration {
  list(): Promise<{
    provider: string;
    keys: { id: string; createdAt: string; isNewest: boolean; secrets: number; databaseKeys: number }[];
  }>;
  /** @returns the new key's id @throws {ConfigurationError} `keyring_read_only` */
  add(): Promise<string>;
  rewrap(step: { limit: number }): Promise<RewrapProgress>;
}

export function createKeyringAdministration(parts: {
  provider: KeyProvider;
  keyring: Keyring;
  broker: Pick<Broker, 'rewrapSecrets'>;
  store: Store;
}): KeyringAdministration {
  const { provider, keyring, broker, store } = parts;
  return {
    async list() {
      await keyring.refresh();
      const use = new Map((await countKeyringUse(store)).map((row) => [row.keyringKey, row]));
      const newest = keyring.keys.at(-1)?.id;
      return {
        provider: provider.name,
        keys: keyring.keys.map(({ id, createdAt }) => ({
          id,
          createdAt: createdAt.toISOString(),
          isNewest: id === newest,
          secrets: use.get(id)?.secrets ?? 0,
          databaseKeys: use.get(id)?.databaseKeys ?? 0,
        })),
      };
    },
    async add() {
      const id = await addKey(provider);
      await keyring.refresh();
      return id;
    },
    rewrap: (step) => broker.rewrapSecrets(step),
  };
}

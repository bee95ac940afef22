/** Where a keyring is kept. */
export interface KeyProvider {
  /** For people: `the file /etc/onceover/keyring.json`. */
  readonly name: string;
  /** The keyring as text. @throws {ConfigurationError} that says what to do, and never what it read */
  read(): Promise<string>;
  /** Replaces it whole or not at all; absent where the runner may only read. */
  write?(text: string): Promise<void>;
}

/** A keyring that the environment holds whole. */
export function textKeyProvider(options: { variable: string; text: string }): KeyProvider {
  return {
    name: `the variable ${options.variable}`,
    read: async () => options.text,
  };
}

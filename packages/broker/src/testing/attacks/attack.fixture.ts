/**
 * What hostile code tries. An attack gives what it got; it throws when it was refused. Attacks that end their own
 * process, or keep it busy for ever, give nothing.
 */
export type Attack = (means: Means) => unknown;

/** What the test hands to the code: places that must be out of its reach, and what the contract gives to any code. */
export interface Means {
  targets: Readonly<Record<string, string>>;
  call: (message: unknown) => Promise<unknown>;
  signal: AbortSignal;
}

/** Rejects when nothing comes of it within a second: a socket that never connects got nothing. */
export function within<Result>(promise: Promise<Result>): Promise<Result> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('nothing came of it')), 1000);
  });
  return Promise.race([promise, late]);
}

export function target({ targets }: Means, name: string): string {
  const found = targets[name];
  if (found === undefined) throw new Error(`The test gave no ${name}`);
  return found;
}

/** An empty hand is no success. */
export function loot<Found>(found: Found): Found {
  const isEmpty =
    found === undefined ||
    found === null ||
    found === false ||
    (typeof found === 'object' && Object.keys(found).length === 0);
  if (isEmpty) throw new Error('there was nothing to get');
  return found;
}

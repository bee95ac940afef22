/** Connections that share a budget, in turn: who has had less of late goes first. */
export interface FairShare {
  /** From now on this one waits; call the result when it does not any more. */
  wait(connection: string): () => void;
  /** How many others are waiting that have had less. */
  ahead(connection: string): number;
  took(connection: string, requests: number): void;
}

/** Start-time fair queueing: who comes anew starts where the others are, and has no old claims. */
export function createFairShare(): FairShare {
  const had = new Map<string, number>();
  const waiting = new Map<string, number>();
  let level = 0;
  const hadBy = (connection: string) => Math.max(had.get(connection) ?? 0, level);
  return {
    wait(connection) {
      waiting.set(connection, (waiting.get(connection) ?? 0) + 1);
      return () => {
        const left = (waiting.get(connection) ?? 1) - 1;
        if (left > 0) waiting.set(connection, left);
        else waiting.delete(connection);
      };
    },
    ahead(connection) {
      const own = hadBy(connection);
      let ahead = 0;
      for (const other of waiting.keys()) if (other !== connection && hadBy(other) < own) ahead += 1;
      return ahead;
    },
    took(connection, requests) {
      level = hadBy(connection);
      had.set(connection, level + requests);
      if (had.size > 1000) for (const [one, sum] of had) if (sum <= level) had.delete(one);
    },
  };
}

/** What must not outlive this process when it is told to end in the middle of a scenario. */
const stops = new Set<() => unknown>();

/** @returns takes it back: it was stopped in the ordinary way */
export function whenInterrupted(stop: () => unknown): () => void {
  stops.add(stop);
  return () => stops.delete(stop);
}

/** Stops what was started last first: runners before their database. */
export async function stopEverything(): Promise<void> {
  for (const stop of [...stops].reverse()) {
    try {
      await stop();
    } catch (error) {
      process.stderr.write(`${String(error)}\n`);
    }
  }
}

/** Waits until the instant vendor has seen `count` business keys. @returns when each arrived, in epoch milliseconds */
export async function waitForArrivals(vendorUrl: string, count: number): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  let repeats = 0;
  const deadline = Date.now() + 300_000;
  while (seen.size < count) {
    if (Date.now() > deadline) throw new Error(`Only ${seen.size} of ${count} effects arrived`);
    const response = await fetch(`${vendorUrl}/arrivals`);
    // The vendor of this folder writes exactly this.
    for (const [key, at] of (await response.json()) as [string, number][]) {
      if (seen.has(key)) repeats += 1;
      else seen.set(key, at);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (repeats > 0) throw new Error(`${repeats} effects arrived twice`);
  return seen;
}

/** Waits until the runner at this address has no run that is not done. */
export async function waitForRuns(runnerUrl: string): Promise<void> {
  for (;;) {
    const open = await Promise.all(
      ['queued', 'running', 'waiting'].map(async (status) => {
        const response = await fetch(`${runnerUrl}/v1/runs?status=${status}&limit=1`);
        // Every list has this shape.
        return ((await response.json()) as { items: unknown[] }).items.length;
      }),
    );
    if (open.every((count) => count === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** `count` of the items, the same for the same seed, in their own order. */
export function seededSample<Item>(items: readonly Item[], count: number, seed: number): readonly Item[] {
  const random = createSeededRandom(seed);
  return items
    .map((item, index) => ({ item, index, draw: random() }))
    .sort((one, other) => one.draw - other.draw)
    .slice(0, count)
    .sort((one, other) => one.index - other.index)
    .map(({ item }) => item);
}

/** Numbers from 0 up to 1 (mulberry32). */
function createSeededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

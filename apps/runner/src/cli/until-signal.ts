/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilSignal(): { received: Promise<NodeJS.Signals>; dispose(): void } {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let count = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    count += 1;
    // npm and a terminal both send the signal: only one that comes later is a person's second.
    if (count === 1) firstAt = Date.now();
    else if (Date.now() - firstAt > 1000) process.exit(1);
    resolve(signal);
  };
  let firstAt = 0;
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    received: promise,
    dispose() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

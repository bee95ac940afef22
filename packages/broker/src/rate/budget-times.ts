/** How a budget of a window is handed out. Times in milliseconds. */
export interface BudgetTimes {
  /** How long requests that a runner was given may leave. */
  leaseMs: number;
  /** How finely the end of that time is kept. */
  slotMs: number;
  /** How long a request counts after the end of its slot: the window, and what two requests' ways to the vendor differ. */
  countsForMs: number;
  /** The most requests that a runner is given at once. */
  most: number;
}

/**
 * A request counts from when it may have left earliest until a window after it may have left latest: so no window holds
 * more than the limit, wherever it begins. What that costs is at most a fifth of the rate, and less for long windows.
 */
export function budgetTimes(windowMs: number, capacity: number): BudgetTimes {
  const slotMs = Math.ceil(Math.max(10, windowMs / 60));
  return {
    leaseMs: Math.ceil(Math.min(Math.max(100, windowMs / 20), 2000)),
    slotMs,
    countsForMs: Math.ceil(windowMs + Math.min(windowMs / 20, 250)),
    most: Math.max(1, Math.floor(capacity / 10)),
  };
}

/** The lane's lease ran out and somebody else may hold it: whoever gets this stops and writes nothing more. */
export class LaneLostError extends Error {
  constructor() {
    super('the lane is no longer held');
    this.name = 'LaneLostError';
  }
}

import type { Release } from './save-work.ts';

/** An earlier run of the lane could not be stored: it goes again first, and the lane waits for it. */
export class EarlierRunFailedError extends Error {
  override readonly name = 'EarlierRunFailedError';
  readonly release: Release;
  constructor(release: Release) {
    super('an earlier run of the lane could not be stored');
    this.release = release;
  }
}

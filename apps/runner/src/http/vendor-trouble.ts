import { OnceoverError } from '@onceover/contract';
import { Problem } from './problem.ts';

/** The vendor did not answer, or not as it should: nothing that the caller could correct. */
export async function vendorTrouble<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const isVendors =
      OnceoverError.isInstance(error) && (error.name === 'UpstreamError' || error.name === 'RateLimitError');
    if (!isVendors) throw error;
    throw new Problem(503, error.code, error.message, { retryAfterSeconds: 5, cause: error });
  }
}

import { packageTests } from '@onceover/vitest-config';

// Property tests and byte flips are pure computation: a busy machine makes them slow, never wrong.
export default packageTests({ testTimeout: 30_000 });

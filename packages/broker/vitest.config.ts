import { packageTests } from '@onceover/vitest-config';

// Each integration test file makes a database first: on a busy machine that alone may take seconds.
export default packageTests({ database: true, testTimeout: 20_000, hookTimeout: 60_000 });

import { packageTests } from '@onceover/vitest-config';

// Creating a database cluster takes seconds on a busy machine, and some of these tests create several.
export default packageTests({ database: true, testTimeout: 60_000, hookTimeout: 60_000 });

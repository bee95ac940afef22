import { packageTests } from '@onceover/vitest-config';

export default packageTests({
  database: true,
  // Each integration test file makes a database first: on a busy machine that alone may take seconds.
  testTimeout: 20_000,
  hookTimeout: 60_000,
  // No file keeps anything in a module: one load of the sources serves them all.
  isolate: false,
});

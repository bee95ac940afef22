import { packageTests } from '@onceover/vitest-config';

// The tests of the toy connector below `testing` are what is run against its mutants, not tests of this package.
export default packageTests({ include: ['**/*.test.ts'], exclude: ['testing/**', 'node_modules/**'] });

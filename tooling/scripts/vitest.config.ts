import { packageTests } from '@onceover/vitest-config';

export default packageTests({ include: ['**/*.test.ts'] });

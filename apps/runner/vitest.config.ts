import { packageTests } from '@onceover/vitest-config';

export default packageTests({ include: ['src/**/*.test.ts', 'automations/**/*.test.ts'] });

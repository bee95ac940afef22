import { packageTests } from '@onceover/vitest-config';

export default packageTests({ database: true, include: ['src/**/*.test.ts', 'automations/**/*.test.ts'] });

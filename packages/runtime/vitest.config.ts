import { packageTests } from '@onceover/vitest-config';

export default packageTests({ database: true });

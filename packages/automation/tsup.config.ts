import { packageConfig } from '@onceover/tsup-config';

export default packageConfig({
  index: 'src/index.ts',
  'hosting/index': 'src/hosting/index.ts',
  'testing/index': 'src/testing/index.ts',
  'testing/vitest': 'src/testing/describe-cases.ts',
});

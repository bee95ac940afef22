import { packageConfig } from '@onceover/tsup-config';

export default packageConfig({
  index: 'src/index.ts',
  'testing/index': 'src/testing/index.ts',
  'sandbox/index': 'src/sandbox/index.ts',
});

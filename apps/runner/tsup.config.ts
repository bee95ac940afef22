import { packageConfig } from '@onceover/tsup-config';

export default packageConfig({
  index: 'src/index.ts',
  'cli/main': 'src/cli/main.ts',
  // A program of its own: what runs a package's conformance suite.
  'conformance-process': 'src/verify/conformance/conformance-process.ts',
});

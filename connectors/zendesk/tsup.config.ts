import { packageConfig } from '@onceover/tsup-config';

export default packageConfig(
  {
    index: 'src/index.ts',
    'sandbox/index': 'src/sandbox/index.ts',
    conformance: 'src/zendesk-conformance.ts',
  },
  { connector: true },
);

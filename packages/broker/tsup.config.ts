import { packageConfig } from '@onceover/tsup-config';

export default packageConfig({
  index: 'src/index.ts',
  // A program of its own: what a host process runs.
  'host-process': 'src/hosts/process/host-process.ts',
});

import { packageConfig } from '@onceover/tsup-config';

export default packageConfig({ index: 'src/index.ts', 'hosting/index': 'src/hosting/index.ts' });

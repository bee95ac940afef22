import { useOneLanguage } from './one-language.ts';
import { type PackageMap, usePackageMap } from './package-map.ts';

/** The program of a host process: it has a pipe, the map of the packages that it may read, and no environment. */

useOneLanguage();
usePackageMap(JSON.parse(process.argv[2] ?? '{}') as PackageMap);
// Only now: what comes imports packages.
const { hold } = await import('./hold.ts');
hold();

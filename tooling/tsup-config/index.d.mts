import type { Options } from 'tsup';

export interface PackageConfigOptions extends Options {
  /**
   * This package is a connector: after bundling, `dist/manifest.json` is written from the built code
   * (`manifestOf` of the export named `connector`, else the default export).
   */
  connector?: boolean;
}

/** `entry` maps an output name without extension to its source: `{ index: 'src/index.ts' }`. */
export function packageConfig(entry: Record<string, string>, options?: PackageConfigOptions): Options;

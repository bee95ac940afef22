import { type Connector, type Manifest, manifestOf } from '@onceover/contract';
import { conformanceLines } from './conformance-lines.ts';
import type { ConformanceOptions } from './conformance-options.ts';
import type { Line } from './lines/line.ts';

/** What a package's `./conformance` exports as `conformance`: the suite of its connector, for its own tests and for others. */
export interface Conformance<State> {
  connector: Connector;
  options: ConformanceOptions<State>;
  /** Of the connector that the lines are about. */
  manifest: Manifest;
  /** Each rejects with what it found. */
  lines: readonly Line[];
}

export function defineConformance<State>(
  connector: Connector,
  options: ConformanceOptions<State>,
): Conformance<State> {
  return { connector, options, manifest: manifestOf(connector), lines: conformanceLines(connector, options) };
}

import type { Connector, OperationManifest } from '@onceover/contract';
import type { ConformanceOptions, ReadSample, WriteSample } from '../conformance-options.ts';

/** One sentence that a connector must make true. */
export interface Line {
  /** What it is about: an operation, a trigger, the manifest. */
  about: string;
  /** A sentence of behaviour. */
  name: string;
  run(): void | Promise<void>;
}

/** What lines are made from. */
export interface Subject<State> {
  connector: Connector;
  options: ConformanceOptions<State>;
}

export type WriteManifest = Extract<OperationManifest, { kind: 'write' }>;
export type ReadManifest = Extract<OperationManifest, { kind: 'read' }>;

/** Operations with their samples; those without one are reported by the manifest's lines. */
export function writesOf<State>({
  connector,
  options,
}: Subject<State>): { operation: WriteManifest; sample: WriteSample<State> }[] {
  return connector.manifest.operations.flatMap((operation) => {
    const sample = options.samples[operation.name];
    return operation.kind === 'write' && sample?.kind === 'write' ? [{ operation, sample }] : [];
  });
}

export function readsOf<State>({
  connector,
  options,
}: Subject<State>): { operation: ReadManifest; sample: ReadSample<State> }[] {
  return connector.manifest.operations.flatMap((operation) => {
    const sample = options.samples[operation.name];
    return operation.kind === 'read' && sample?.kind === 'read' ? [{ operation, sample }] : [];
  });
}

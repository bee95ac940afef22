import { compareManifests, type Manifest, type ManifestChange } from '@onceover/contract';

/** What is known of a version of a connector. */
export interface SeenVersion {
  version: string;
  integrity: string;
  manifest: Manifest;
  state: 'held' | 'released';
}

export type VersionDecision =
  /** It is as it was seen before: what was decided stands. */
  | { kind: 'known' }
  | { kind: 'released'; reason: string; changes: readonly ManifestChange[] }
  /** It may do more than the version that is in use: a person releases it. */
  | { kind: 'held'; reason: string; changes: readonly ManifestChange[] }
  /** Other files under a version that was seen. */
  | { kind: 'changed'; before: string };

/**
 * Decides about a loaded version by what its manifest says beside the one in use.
 * @param facts.seen the same version as it was seen before
 * @param facts.inUse the version that was released last
 */
export function decideVersion(facts: {
  loaded: { version: string; integrity: string; manifest: Manifest };
  seen: SeenVersion | undefined;
  inUse: SeenVersion | undefined;
  mode: 'development' | 'production';
}): VersionDecision {
  const { loaded, seen, inUse, mode } = facts;
  if (seen?.integrity === loaded.integrity) return { kind: 'known' };
  if (seen !== undefined && mode === 'production') return { kind: 'changed', before: seen.integrity };
  if (seen !== undefined) {
    // Who builds a connector builds it many times under one number.
    const changes = compareManifests(seen.manifest, loaded.manifest);
    const reason = 'built again under the same version, in development';
    return seen.state === 'released'
      ? { kind: 'released', reason, changes }
      : { kind: 'held', reason, changes };
  }
  if (inUse === undefined) return { kind: 'released', reason: 'the first version', changes: [] };
  const changes = compareManifests(inUse.manifest, loaded.manifest);
  const wider = changes.filter(({ widens }) => widens);
  if (wider.length === 0)
    return { kind: 'released', reason: `it may do no more than ${inUse.version}`, changes };
  const reason = `it may do more than ${inUse.version}: ${wider.map(({ summary }) => summary).join('; ')}`;
  return { kind: 'held', reason, changes };
}

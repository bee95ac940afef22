import { onTestFinished } from 'vitest';
import type { RotationState } from '../rotation/rotation-state.ts';
import type { RotationFacts } from './rotation-connector.fixture.ts';
import { billingHolder, openRotationKit, type RotationKit } from './rotation-kit.fixture.ts';

/** A kit until the running test is over; what the vendor issues holds beside the old one for an hour unless said. */
export async function openKitOfTest(
  facts: Partial<RotationFacts> = {},
  options: Parameters<typeof openRotationKit>[1] = {},
): Promise<RotationKit> {
  const kit = await openRotationKit(
    { issuer: 'vendor', overlap: { mode: 'dual', seconds: 3600 }, ...facts },
    options,
  );
  onTestFinished(() => kit[Symbol.asyncDispose]());
  return kit;
}

/** Rotates the key of `billing`, as a person's command does. */
export function rotateKey(
  { broker }: Pick<RotationKit, 'broker'>,
  asked: { isCompromised?: boolean; value?: string; secret?: string } = {},
): Promise<RotationState> {
  return broker.rotations.rotate({ holder: billingHolder, secret: 'accessToken', by: 'olga', ...asked });
}

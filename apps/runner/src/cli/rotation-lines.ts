import type { ShownRotation } from '../http/rotation-schemas.ts';

/** What became of a rotation, and what a person does next. */
export function rotationLines(rotation: ShownRotation, command: string): string[] {
  const { secret, version, step, waitingFor, lastFailure, outcome, detail, revokeAt } = rotation;
  const trouble = lastFailure === null ? [] : [`  last attempt: ${lastFailure}`];
  if (outcome === 'failed') return [`${secret}: NOT rotated: ${detail ?? ''}`];
  if (outcome === 'rotated')
    return [`${secret}: version ${version} is in use; ${detail ?? 'the old one is gone'}`];
  switch (waitingFor) {
    case 'person':
      return [
        `${secret}: a person gets the new secret, until ${rotation.dueAt}:`,
        `  ${rotation.page}`,
        ...rotation.steps.map((line, index) => `  ${index + 1}. ${line}`),
        ...trouble,
        `Then: ${command} --secret ${secret} --stdin < file`,
      ];
    case 'delivery':
      return [
        `${secret}: version ${version} is accepted beside the one in use; it is put into use by the first delivery that is signed with it.`,
      ];
    case 'overlap':
      return [`${secret}: version ${version} is in use; the old one holds until ${revokeAt}.`];
    case null:
      return [`${secret}: the step ${step} is tried again by itself.`, ...trouble];
  }
}

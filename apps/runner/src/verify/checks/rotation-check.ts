import type { Manifest } from '@onceover/contract';
import { type Check, NotRun } from '../check.ts';

/** Says honestly what is not tried: no runner uses a connector's rotation hooks yet. */
export function rotationCheck({ rotation }: Manifest): Check {
  return {
    name: 'rotation',
    async run() {
      const secrets = Object.keys(rotation);
      if (secrets.length === 0) throw new NotRun('the manifest has no rotation hooks');
      throw new NotRun(`not yet: hooks for ${secrets.join(', ')} are declared, and are not tried here`);
    },
  };
}

import type { Manifest } from '@onceover/contract';
import { type Check, NotRun } from '../check.ts';

/** Says what is not tried: hooks are proved by the connector's own tests, against its sandbox. */
export function rotationCheck({ rotation }: Manifest): Check {
  return {
    name: 'rotation',
    async run() {
      const secrets = Object.keys(rotation);
      if (secrets.length === 0) throw new NotRun('the manifest has no rotation hooks');
      throw new NotRun(
        `the hooks for ${secrets.join(', ')} are not tried here: onceover connections rotate against the sandbox does`,
      );
    },
  };
}

// Part of a release, after `changeset version`: what each connector declares today is what its next version is compared
// with. Needs a build.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseManifest, readConnectorManifests, releasedFileOf } from './check/connector-manifests.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
for (const { room, current, released } of readConnectorManifests(root)) {
  parseManifest(current);
  const file = releasedFileOf(room);
  if (current !== released) writeFileSync(file, current);
  console.log(`${relative(root, file)}: ${current === released ? 'as it was' : 'written'}`);
}

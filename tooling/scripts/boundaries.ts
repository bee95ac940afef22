// The boundaries that no import shows: vendors' names, SQL, the environment, package.json. The imports themselves are
// dependency-cruiser's (.dependency-cruiser.cjs). Prints each violation and exits with 1 when there is one.
import { fileURLToPath } from 'node:url';
import arrows from './boundaries/arrows.json' with { type: 'json' };
import { findManifestViolations } from './boundaries/manifest-rules.ts';
import { findSourceViolations } from './boundaries/source-rules.ts';
import { EXPECTED_VENDORS, findVendorNames } from './boundaries/vendor-names.ts';
import { connectorFolders, readWorkspaceFiles } from './boundaries/workspace-files.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const vendors = [...new Set([...connectorFolders(root), ...EXPECTED_VENDORS])];
const files = readWorkspaceFiles(root);
const violations = files.flatMap((file) => [
  ...findVendorNames(file, vendors),
  ...findSourceViolations(file),
  ...findManifestViolations(file, arrows),
]);
for (const { at, rule, message } of violations) console.error(`${at}  ${rule}: ${message}`);
console.log(`${violations.length} boundary violations in ${files.length} files`);
process.exitCode = violations.length > 0 ? 1 : 0;

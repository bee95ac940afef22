import { ConfigurationError, type JsonValue, type Manifest } from '@onceover/contract';
import type { LoadedConnector } from '../call-types.ts';
import { openDeadline } from '../calls/deadline.ts';
import { canonicalJson } from '../canonical-json.ts';
import { throughWire } from './codec.ts';
import type { Host } from './host.ts';
import { parseReply } from './message-schemas.ts';

/** How long code may take to load and to say its manifest. */
const loadTimeoutMs = 30_000;

/**
 * A connector's host that first asks the code for its manifest, and answers nothing when that is not the one in the
 * file: what was reviewed, granted and is enforced is the file's.
 */
export function checkedConnectorHost(host: Host, connector: LoadedConnector): Host {
  let check: Promise<void> | undefined;
  return {
    level: host.level,
    async request(message, onCallback, signal) {
      check ??= compare(host, connector).catch((error: unknown) => {
        // A host that could not start may start the next time; a manifest that differs stays refused with its files.
        check = undefined;
        throw error;
      });
      await check;
      return host.request(message, onCallback, signal);
    },
    close: () => host.close(),
  };
}

async function compare(host: Host, { id, manifest, folder }: LoadedConnector): Promise<void> {
  const refuseCallbacks = async () => ({ kind: 'error', error: null }) satisfies JsonValue;
  const deadline = openDeadline(undefined, loadTimeoutMs);
  const answer = host.request({ kind: 'manifest' }, refuseCallbacks, deadline.signal);
  const reply = parseReply(await answer.finally(() => deadline.close()));
  if (reply.kind === 'error') {
    throw new ConfigurationError(`The code of the connector ${id} cannot be loaded: ${reply.error.message}`, {
      code: 'connector_load',
      logMessage: reply.error.logMessage,
    });
  }
  if (reply.kind === 'manifest' && canonicalJson(reply.manifest) === textOf(manifest)) return;
  throw new ConfigurationError(
    `The code of the connector ${id} declares another manifest than ${folder}/dist/manifest.json. It is refused. Build it again: run \`pnpm bundle\` in ${folder}.`,
    { code: 'manifest_differs' },
  );
}

function textOf(manifest: Manifest): string {
  return canonicalJson(throughWire(manifest, 'from-code'));
}

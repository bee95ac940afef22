import { guaranteeClass, keepsSubscription, type WriteManifest } from '@onceover/contract';
import type { LoadedConnector } from '@onceover/broker';

const gentlestFirst = ['write', 'message', 'money', 'delete'];

/** Writes that can be tried: those that keep an effect single best come first, those that move money or delete last. */
export function writesOf({ connector }: { connector: LoadedConnector }): readonly WriteManifest[] {
  return (
    connector.manifest.operations
      .filter((operation) => operation.kind === 'write')
      // The broker alone calls what keeps a subscription.
      .filter(({ name }) => !keepsSubscription(connector.manifest, name))
      .sort(
        (a, b) =>
          gentlestFirst.indexOf(a.impact) - gentlestFirst.indexOf(b.impact) ||
          guaranteeClass(a.guarantee).localeCompare(guaranteeClass(b.guarantee)),
      )
  );
}

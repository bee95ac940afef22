import type { ConnectionInfo } from '@onceover/broker';
import { type JsonValue, readPointerText, type WebhookManifest } from '@onceover/contract';
import { findOwnKeys, type Store } from '@onceover/store';
import { storable } from '../events/storable.ts';

interface Candidate {
  connection: ConnectionInfo;
  trigger: WebhookManifest;
  item: JsonValue;
  /** Our app's id at the vendor, where a registration tells it. */
  appId: string | null;
}

/** Which items our own writes caused, by what the trigger's manifest says to look at: their indexes. */
export async function findEchoes(
  candidates: readonly Candidate[],
  store: Store,
): Promise<ReadonlySet<number>> {
  const echoes = new Set<number>();
  const keys = new Map<string, { index: number; key: string }[]>();
  for (const [index, { connection, trigger, item, appId }] of candidates.entries()) {
    if (trigger.echo === undefined) continue;
    const text = readPointerText(item, trigger.echo.pointer);
    if (text === undefined || text === '') continue;
    switch (trigger.echo.is) {
      case 'identity':
        if (text === connection.identity) echoes.add(index);
        break;
      case 'app':
        if (text === appId) echoes.add(index);
        break;
      case 'idempotency-key': {
        const own = keys.get(connection.tenant) ?? [];
        own.push({ index, key: storable(text) });
        keys.set(connection.tenant, own);
      }
    }
  }
  for (const [tenant, own] of keys) {
    const found = await findOwnKeys(
      store,
      tenant,
      own.map(({ key }) => key),
    );
    for (const { index, key } of own) if (found.has(key)) echoes.add(index);
  }
  return echoes;
}

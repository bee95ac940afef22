import { addCallUse, type CallUseRow, type Store } from '@onceover/store';
import type { Log } from '../ports.ts';

/** One call that an operation made, or was refused. */
export interface CallUse {
  tenant: string;
  connection: string;
  connector: string;
  connectorVersion: string;
  operation: string;
  /** The manifest's call; of a refused one its method and path. */
  call: string;
  /** Why it was refused; null when it went out. */
  refusal: string | null;
}

/** Notes which calls are really made: in memory first, in the database now and then. */
export interface CallUseRecorder {
  note(use: CallUse): void;
  /** Stores what was noted since the last time. Never rejects. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const everyMs = 5000;
/** A connector that asks for ever other paths is counted under one name from here on. */
const maxPlaces = 2000;
const maxCallLength = 200;

export function createCallUseRecorder({ store, log }: { store: Store; log: Log }): CallUseRecorder {
  let noted = new Map<string, CallUseRow>();
  let flushing: Promise<void> = Promise.resolve();
  const add = (row: CallUseRow) => {
    const isFull = noted.size >= maxPlaces && row.refusal !== '';
    const one = isFull ? { ...row, call: 'others' } : row;
    const key = JSON.stringify(Object.values({ ...one, count: 0 }));
    const before = noted.get(key);
    if (before === undefined) noted.set(key, one);
    else noted.set(key, { ...before, count: before.count + one.count });
  };
  const flushNow = async () => {
    if (noted.size === 0) return;
    const rows = [...noted.values()];
    noted = new Map();
    try {
      await addCallUse(store, rows);
    } catch (error) {
      log.warn({ err: error }, 'the use of calls could not be stored; it is kept for the next time');
      for (const row of rows) add(row);
    }
  };
  const flush = () => {
    flushing = flushing.then(flushNow);
    return flushing;
  };
  const timer = setInterval(() => void flush(), everyMs).unref();
  return {
    note({ tenant, connection, connector, connectorVersion, operation, call, refusal }) {
      const cut = storable(call).slice(0, maxCallLength);
      const place = { tenant, connection, connector, connector_version: connectorVersion, operation };
      add({ ...place, call: cut, refusal: refusal ?? '', count: 1 });
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}

/** Connector code wrote it: what no database text can hold falls away. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

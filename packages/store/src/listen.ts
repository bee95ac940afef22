import type pg from 'pg';

/** A subscription to a channel of NOTIFY; it lasts until it is closed, over broken connections. */
export interface Subscription {
  close(): Promise<void>;
}

const reconnectMs = 1000;

/**
 * Listens on a channel with a connection of the pool of its own. While that is broken, messages are missed: whoever
 * listens also looks by itself now and then.
 */
export async function listenOn(
  pool: pg.Pool,
  channel: string,
  onMessage: (payload: string) => void,
): Promise<Subscription> {
  let isClosed = false;
  let client: pg.PoolClient | undefined;
  let retry: NodeJS.Timeout | undefined;
  const connect = async (): Promise<void> => {
    const fresh = await pool.connect();
    const lose = (error: Error) => {
      if (client !== fresh) return;
      client = undefined;
      fresh.release(error);
      again();
    };
    fresh.on('notification', ({ payload }) => onMessage(payload ?? ''));
    fresh.on('error', lose);
    fresh.on('end', () => lose(new Error('the connection ended')));
    try {
      // A channel is a name of ours, never from outside.
      await fresh.query(`listen ${channel}`);
      client = fresh;
    } catch (error) {
      fresh.release(error instanceof Error ? error : new Error('listen failed', { cause: error }));
      throw error;
    }
  };
  const again = () => {
    if (isClosed) return;
    retry = setTimeout(() => void connect().catch(again), reconnectMs);
    retry.unref();
  };
  await connect();
  return {
    async close() {
      isClosed = true;
      clearTimeout(retry);
      const open = client;
      client = undefined;
      open?.removeAllListeners('notification');
      // The session keeps its subscriptions: it must not go back into the pool.
      open?.release(true);
    },
  };
}

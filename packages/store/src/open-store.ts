import pg from 'pg';
import { abortable, throwIfAborted } from './abort.ts';
import { columnTypes } from './column-types.ts';
import { describeUnreachable } from './connect-once.ts';
import type { Queryable } from './define-query.ts';
import { listenOn, type Subscription } from './listen.ts';
import { plannerOptions, PlanAges, type StatementUse } from './plan-cache.ts';
import { isConnectionLost, sqlStateOf } from './sql-state.ts';
import { StoreError } from './store-error.ts';

/** PostgreSQL 15 is the oldest that the SQL of this package runs on. */
const oldestServer = 15;

/** An open database. Queries that are given the store itself run in a transaction of their own each. */
export interface Store extends Queryable {
  /** A connection for a transaction; give it back with `release()`, or `release(error)` when it broke. Use withTransaction instead. */
  connect(): Promise<StoreConnection>;
  /** Tells about messages on a channel of NOTIFY. Takes one connection for as long as it lasts. */
  listen(channel: 'onceover_work', onMessage: (payload: string) => void): Promise<Subscription>;
  /** Connections in use, idle, and callers that wait for one: for metrics. */
  usage(): { total: number; idle: number; waiting: number };
  /** Waits for queries in flight and closes all connections. Safe to call twice. */
  close(): Promise<void>;
}

/** One connection of the store. */
export interface StoreConnection extends Queryable {
  /** Runs a statement without values and without preparing it: transaction control. */
  execute(text: string): Promise<void>;
  release(error?: Error): void;
}

export interface StoreOptions {
  url: string;
  /** Shown in PostgreSQL's list of sessions, e.g. `onceover-runner`. */
  applicationName: string;
  maxConnections?: number;
  /** The server ends a statement that takes longer. */
  statementTimeoutMs?: number;
  /** `rare` for lists and the like, which are planned each time; `frequent` unless given. */
  statements?: StatementUse;
  /** The server ends a session that leaves its transaction open and idle for longer. */
  idleInTransactionTimeoutMs?: number;
  /** How long a caller waits for a free connection, or for the server to answer a new one. */
  connectTimeoutMs?: number;
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  onConnectionLost?: (error: Error) => void;
  /** Ends the opening early; later it has no effect. */
  signal?: AbortSignal;
}

/** Opens a pool of connections and proves that the server answers and is new enough. @throws StoreError `database_unreachable`, `server_too_old`, `aborted` */
export async function openStore(options: StoreOptions): Promise<Store> {
  throwIfAborted(options.signal);
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 30_000,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    types: columnTypes,
    options: plannerOptions(options.statements ?? 'frequent'),
  });
  let closing: Promise<void> | undefined;
  pool.on('error', (error: Error & { client?: unknown }) => {
    // The pool hangs the connection on it, with its settings and all its statements: nothing for a log.
    delete error.client;
    // A server that is stopped meanwhile has ended what was being closed anyway.
    if (closing === undefined) options.onConnectionLost?.(error);
  });
  const plans = new PlanAges();
  const subscriptions = new Set<Subscription>();
  const closeAll = async () => {
    await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    await pool.end();
  };
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  try {
    await refuseOldServer(pool, options);
    throwIfAborted(options.signal);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    query: (statement) => runOnce(pool, plans, statement),
    connect: async () => connectionOf(await pool.connect(), plans),
    async listen(channel, onMessage) {
      const subscription = await listenOn(pool, channel, onMessage);
      subscriptions.add(subscription);
      return {
        close() {
          subscriptions.delete(subscription);
          return subscription.close();
        },
      };
    },
    usage: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close,
  };
}

/** Like the pool's own `query`, with a look at the age of the connection's plans. */
async function runOnce<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  plans: PlanAges,
  statement: { name: string; text: string; values: unknown[] },
): Promise<pg.QueryResult<Row>> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  const breakWith = (error: Error) => {
    broken = error;
  };
  connection.on('error', breakWith);
  try {
    await plans.refresh(connection, performance.now());
    return await connection.query<Row>(statement);
  } catch (error) {
    // What the server itself said leaves the connection as it was.
    if (sqlStateOf(error) === undefined || isConnectionLost(error)) {
      broken = error instanceof Error ? error : new Error('a statement failed', { cause: error });
    }
    throw error;
  } finally {
    connection.removeListener('error', breakWith);
    connection.release(broken);
  }
}

function connectionOf(client: pg.PoolClient, plans: PlanAges): StoreConnection {
  // While a connection is out of the pool, nobody else listens: without this, a break between two queries ends the process.
  const ignore = () => {};
  client.on('error', ignore);
  return {
    async query(statement) {
      await plans.refresh(client, performance.now());
      return client.query(statement);
    },
    async execute(text) {
      await client.query(text);
    },
    release(error) {
      client.removeListener('error', ignore);
      client.release(error);
    },
  };
}

async function refuseOldServer(pool: pg.Pool, { url, signal }: StoreOptions): Promise<void> {
  let version: number;
  try {
    const query = pool.query<{ version: string }>(`select current_setting('server_version_num') as version`);
    const { rows } = await abortable(query, signal);
    version = Math.floor(Number(rows[0]?.version) / 10_000);
  } catch (cause) {
    throwIfAborted(signal);
    throw new StoreError('database_unreachable', describeUnreachable(url, cause), { cause });
  }
  if (version < oldestServer) {
    throw new StoreError(
      'server_too_old',
      `The database server is PostgreSQL ${version}; Onceover needs ${oldestServer} or later.`,
    );
  }
}

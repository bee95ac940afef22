import { type JsonValue, parseJson } from '@onceover/contract';
import {
  type EventRow,
  findRun,
  type LaneRow,
  listEvents,
  listLanes,
  listQuarantine,
  listRuns,
  loadRunProgress,
  type QuarantineRow,
  type Store,
} from '@onceover/store';
import { isUuid, limitOf, numberCursor, type Page, type PageQuery, pageOf, uuidCursor } from './page.ts';
import { type ShownRun, showRun, showSteps } from './show-run.ts';

export interface RunsQuery extends PageQuery {
  flow?: string | undefined;
  status?: ShownRun['status'] | undefined;
  key?: string | undefined;
  event?: string | undefined;
  source?: string | undefined;
  expandSteps?: boolean | undefined;
}

export interface EventsQuery extends PageQuery {
  type?: string | undefined;
  source?: string | undefined;
  id?: string | undefined;
}

/** A recorded event: a CloudEvents envelope, and what we know of it besides. */
export type ShownEvent = Readonly<Record<string, JsonValue>>;

export type ShownLane = {
  id: string;
  flow: string;
  key: string;
  /** Runs in it. */
  pending: number;
  /** What its head waits for. */
  waitingFor: string | null;
  isRunning: boolean;
  readyAt: string | null;
};

export type ShownQuarantined = {
  id: string;
  kind: string;
  hook: string | null;
  connection: string | null;
  trigger: string | null;
  delivery: string | null;
  item: string | null;
  eventType: string | null;
  code: string;
  detail: string;
  path: string | null;
  value: JsonValue | null;
  data: JsonValue | null;
  status: string;
  createdAt: string;
};

/** What operators and SDKs read. Newest first. */
export interface Lists {
  listRuns(query: RunsQuery): Promise<Page<ShownRun>>;
  /** With its steps; undefined when the tenant has none of this id. */
  getRun(query: { tenant: string; id: string }): Promise<ShownRun | undefined>;
  listEvents(query: EventsQuery): Promise<Page<ShownEvent>>;
  listLanes(query: PageQuery): Promise<Page<ShownLane>>;
  listQuarantine(query: PageQuery): Promise<Page<ShownQuarantined>>;
}

export function createLists({ store }: { store: Store }): Lists {
  const expand = async (runs: readonly ShownRun[]): Promise<ShownRun[]> => {
    const { steps, effects } = await loadRunProgress(
      store,
      runs.map(({ id }) => id),
    );
    return runs.map((run) => ({ ...run, steps: showSteps(run, steps, effects) }));
  };
  return {
    async listRuns(query) {
      const limit = limitOf(query);
      const rows = await listRuns(store, { ...query, before: uuidCursor(query), limit: limit + 1 });
      const page = pageOf(rows, limit, showRun, ({ id }) => id);
      return query.expandSteps === true ? { ...page, items: await expand(page.items) } : page;
    },
    async getRun({ tenant, id }) {
      if (!isUuid(id)) return undefined;
      const row = await findRun(store, { tenant, id });
      return row === undefined ? undefined : (await expand([showRun(row)]))[0];
    },
    async listEvents(query) {
      const limit = limitOf(query);
      const rows = await listEvents(store, { ...query, before: numberCursor(query), limit: limit + 1 });
      return pageOf(rows, limit, showEvent, ({ seq }) => seq);
    },
    async listLanes(query) {
      const limit = limitOf(query);
      const { tenant } = query;
      const rows = await listLanes(store, { tenant, before: uuidCursor(query), limit: limit + 1 });
      return pageOf(rows, limit, showLane, ({ id }) => id);
    },
    async listQuarantine(query) {
      const limit = limitOf(query);
      const rows = await listQuarantine(store, {
        tenant: query.tenant,
        before: uuidCursor(query),
        limit: limit + 1,
      });
      return pageOf(rows, limit, showQuarantined, ({ id }) => id);
    },
  };
}

function showEvent(row: EventRow): ShownEvent {
  const attributes = parseOrNull(row.attributes);
  return {
    // Attributes of the event's sender; those that we know stand after them.
    ...(typeof attributes === 'object' ? (attributes as Readonly<Record<string, JsonValue>>) : {}),
    specversion: '1.0',
    id: row.id,
    source: row.source,
    type: row.type,
    ...(row.subject === null ? {} : { subject: row.subject }),
    time: row.time.toISOString(),
    data: parseJson(row.data),
    echo: row.is_echo,
    recordedAt: row.recorded_at.toISOString(),
  };
}

function showLane(row: LaneRow): ShownLane {
  const { id, flow, key, pending, waiting } = row;
  return {
    id,
    flow,
    key,
    pending,
    waitingFor: waiting,
    isRunning: row.is_leased,
    readyAt: row.ready_at?.toISOString() ?? null,
  };
}

function showQuarantined(row: QuarantineRow): ShownQuarantined {
  return {
    id: row.id,
    kind: row.kind,
    hook: row.hook_id,
    connection: row.connection,
    trigger: row.trigger,
    delivery: row.delivery_id,
    item: row.item_key,
    eventType: row.event_type,
    code: row.code,
    detail: row.detail,
    path: row.path,
    value: parseOrNull(row.value),
    data: parseOrNull(row.data),
    status: row.status,
    createdAt: row.created_at.toISOString(),
  };
}

function parseOrNull(text: string | null): JsonValue | null {
  return text === null ? null : parseJson(text);
}

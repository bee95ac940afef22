import type { EventView } from '@onceover/automation/host';
import { type ErrorData, errorToData, OnceoverError, stringifyJson } from '@onceover/contract';
import type { RecordedEvents } from '@onceover/store';
import type { Change } from '../audit/build-leaves.ts';
import type { Catalog, Subscription } from '../automations/catalog.ts';
import { laneId } from '../engine/lane-id.ts';
import type { Randomness } from '../ports.ts';
import { type NewEvent, viewOf } from './event.ts';
import { hashOf } from './hash-of.ts';
import type { Run } from './run.ts';
import { storable } from './storable.ts';

/** A run that an event will start, in its lane; or a dead letter of its flow, when the flow's own code threw. */
interface PlannedRun {
  subscription: Subscription;
  key: string;
  /** The event as the flow sees it. */
  view: EventView;
  upcast: string | null;
  error: ErrorData | null;
}

/** An event with its runs, ready for the transaction. */
export interface PlannedEvent {
  event: NewEvent;
  runs: readonly PlannedRun[];
}

/** Rows of events, runs and lanes as the statements take them, and what the leaves say about them. */
export interface FanOut {
  rows: Required<Pick<RecordedEvents, 'events' | 'runs' | 'lanes'>>;
  changes: Change[];
  /** The runs of each lane, in order. */
  work: Map<string, Run[]>;
}

export interface FanOutPorts {
  catalog: Catalog;
  randomness: Randomness;
  isolation: string;
}

/**
 * Evaluates upcasts and `orderBy` of every flow that subscribes. Runs authors' code, so no transaction is open yet.
 * @throws {OnceoverError} when the code's host is closed
 */
export async function planEvent(event: NewEvent, catalog: Catalog): Promise<PlannedEvent> {
  const subscriptions = catalog
    .subscriptions(event.tenant, event.type)
    .filter(({ flow }) => !event.isEcho || flow.description.echoes);
  return { event, runs: await Promise.all(subscriptions.map((one) => planRun(event, one))) };
}

async function planRun(event: NewEvent, subscription: Subscription): Promise<PlannedRun> {
  const { flow, upcast } = subscription;
  const own = ownLane(event);
  let view = viewOf(event);
  try {
    let upcasted: string | null = null;
    if (upcast !== null) {
      const data = await flow.automation.upcast({ ...upcast, data: event.data });
      view = { ...view, type: flow.on.type, data };
      upcasted = stringifyJson({ type: flow.on.type, data });
    }
    const key = flow.description.hasOrderBy
      ? await flow.automation.orderBy({ flow: flow.description.id, event: view })
      : null;
    return {
      subscription,
      key: key === null || key === '' ? own : storable(key),
      view,
      upcast: upcasted,
      error: null,
    };
  } catch (error) {
    // The runner stops: whoever brings the event brings it again, and its flow has not failed.
    if (OnceoverError.isInstance(error) && error.code === 'host_closed') throw error;
    return { subscription, key: own, view, upcast: null, error: errorToData(error) };
  }
}

/** The lane of an event that has no key: nobody else's. */
function ownLane(event: NewEvent): string {
  return `${event.source} ${event.id}`;
}

export function fanOutRows(planned: readonly PlannedEvent[], ports: FanOutPorts): FanOut {
  const { randomness, isolation } = ports;
  const fanOut: FanOut = { rows: { events: [], runs: [], lanes: [] }, changes: [], work: new Map() };
  const lanes = new Map<string, { id: string; tenant: string; flow: string; key: string }>();
  const events: RecordedEvents['events'] & object[] = [];
  const runs: RecordedEvents['runs'] & object[] = [];
  for (const [index, { event, runs: plannedRuns }] of planned.entries()) {
    const { tenant, source, id, type, subject, time, attributes, isEcho } = event;
    const data = stringifyJson(event.data);
    events.push({
      tenant,
      source,
      id,
      type,
      subject,
      time,
      data,
      attributes: attributes === null ? null : stringifyJson(attributes),
      is_echo: isEcho,
    });
    fanOut.changes.push({
      tenant,
      kind: 'event-recorded',
      subject: `${source}#${id}`,
      payload: { type, time: time.toISOString(), data: hashOf(data) },
    });
    for (const { subscription, key, view, upcast, error } of plannedRuns) {
      const { id: flow, version } = subscription.flow.description;
      const lane = laneId({ kind: 'run', tenant, flow, key });
      const runId = randomness.uuid();
      runs.push({
        id: runId,
        event: index + 1,
        tenant,
        flow,
        flow_version: version,
        lane_id: lane,
        key,
        upcast,
        isolation,
        error: error === null ? null : stringifyJson(error),
      });
      if (error !== null) {
        fanOut.changes.push({
          tenant,
          kind: 'run-finished',
          subject: runId,
          payload: { flow, status: 'dead_lettered', code: error.code },
        });
        continue;
      }
      lanes.set(lane, { id: lane, tenant, flow, key });
      const work = fanOut.work.get(lane) ?? [];
      fanOut.work.set(lane, work);
      work.push({
        id: runId,
        tenant,
        flow,
        flowVersion: version,
        key,
        event: view,
        attempts: 0,
        wakeInMs: null,
        isTimerOver: false,
        failingMs: 0,
        hasSteps: false,
      });
    }
  }
  const pending = (id: string) => fanOut.work.get(id)?.length ?? 0;
  fanOut.rows = {
    events,
    runs,
    lanes: [...lanes.values()].map((lane) => ({ ...lane, pending: pending(lane.id), claims: false })),
  };
  return fanOut;
}

import { type ErrorData, errorToData } from '@onceover/contract';
import type { LaneSession } from '../engine/lane-engine.ts';
import { LaneLostError } from '../engine/lane-lost-error.ts';
import type { Run } from '../events/run.ts';
import { closeStored } from './close-open.ts';
import { joinWrites, LaneWrites, type TakenWrites } from './lane-writes.ts';
import { loadStoredRun } from './load-stored-run.ts';
import { concludeRun } from './conclude-run.ts';
import type { Release } from './save-work.ts';
import { type EndedRun, isLaneTrouble, type WorkContext, type WorkPorts } from './work-context.ts';

/** How long a lane rests after the database went away for a moment. */
const databasePauseMs = 1000;

/**
 * A vendor's answer that has come is not lost with the lane's lease by this runner's clock, or with a connection: it is
 * stored when by the database's word the lane is still held.
 */
export async function saveKnown(
  session: LaneSession<Run>,
  { saver, log }: WorkPorts,
  writes: TakenWrites,
  trouble: unknown,
): Promise<void> {
  const { lane } = session;
  if (!hasSomething(writes)) return;
  const afterMs = trouble instanceof LaneLostError ? 0 : databasePauseMs;
  try {
    await saver.save(lane, writes, { afterMs, waiting: null });
    session.released({ wakeAfterMs: afterMs });
  } catch (error) {
    log.warn({ err: error, lane: lane.id }, 'what a lost lane had done could not be stored');
  }
}

function hasSomething({ rows, changes }: TakenWrites): boolean {
  return changes.length > 0 || Object.values(rows).some(({ length }) => length > 0);
}

/**
 * After a save that the database refused for what it holds: each run's own, and of one that cannot be stored nothing but
 * that it failed once more.
 * @returns how the lane is given back then; undefined when each of them was stored
 */
export async function saveApart(facts: {
  ports: WorkPorts;
  session: LaneSession<Run>;
  ended: readonly EndedRun[];
}): Promise<Release | undefined> {
  const { ports, session, ended } = facts;
  const { saver, log } = ports;
  let release: Release | undefined;
  for (const { run, writes } of ended) {
    try {
      await saver.save(session.lane, writes, null);
    } catch (error) {
      if (isLaneTrouble(error)) throw error;
      log.error({ err: error, run: run.id, flow: run.flow }, 'what a run did cannot be stored');
      const own = await failAgain({ ports, session, run, error });
      if (release?.waiting !== 'held') release = own;
    }
  }
  return release;
}

async function failAgain(facts: {
  ports: WorkPorts;
  session: LaneSession<Run>;
  run: Run;
  error: unknown;
}): Promise<Release> {
  const { ports, session, run } = facts;
  const { store, catalog, saver } = ports;
  const flow = catalog.flow(run.tenant, run.flow, run.flowVersion);
  if (flow === undefined) throw facts.error;
  const error: ErrorData = { ...errorToData(facts.error), retry: 'later' };
  const stored = await loadStoredRun(store, { ...run, hasSteps: true });
  const context: WorkContext = { ports, session, before: [], writes: new LaneWrites(), run };
  const giveUp = () => {
    for (const [id, step] of stored.steps) closeStored(context, { id }, step, error);
  };
  const end = concludeRun(context, flow, { kind: 'retry', error, giveUp }, { hasAdvanced: false });
  await saver.save(session.lane, joinWrites([context.writes.take()]), null);
  if (end.kind === 'waiting') return end.release;
  return end.holdsLane ? { afterMs: null, waiting: 'held' } : { afterMs: 0, waiting: null };
}

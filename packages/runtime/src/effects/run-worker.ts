import { type ErrorData, errorToData } from '@onceover/contract';
import type { KnownFlow } from '../automations/catalog.ts';
import type { LaneSession } from '../engine/lane-engine.ts';
import { concludeRun, type RunEnd } from './conclude-run.ts';
import { EarlierRunFailedError } from './earlier-run-failed-error.ts';
import { executeRun, type Progress } from './execute-run.ts';
import { joinWrites, LaneWrites, type TakenWrites } from './lane-writes.ts';
import { loadStoredRun } from './load-stored-run.ts';
import type { Run } from '../events/run.ts';
import type { Release } from './save-work.ts';
import { saveApart, saveKnown } from './save-what-is-known.ts';
import { type EndedRun, isLaneTrouble, type WorkContext, type WorkPorts } from './work-context.ts';

/** A flow that this runner has not loaded may be loaded by another one, or after the next start. */
const unknownFlowPauseMs = 15_000;

/** Does the runs of a lane one after the other, and gives the lane back with the last save. */
export function createRunWorker(ports: WorkPorts) {
  const { catalog, saver } = ports;
  return async (session: LaneSession<Run>): Promise<void> => {
    const { lane } = session;
    const before: EndedRun[] = [];
    let release: Release = { afterMs: 0, waiting: null };
    for (const run of lane.work) {
      if (session.isStopping) break;
      const flow = catalog.flow(run.tenant, run.flow, run.flowVersion);
      if (flow === undefined) {
        release = { afterMs: unknownFlowPauseMs, waiting: 'flow' };
        break;
      }
      if (run.wakeInMs !== null && run.wakeInMs > 0) {
        // Somebody made the lane ready before its head is.
        release = { afterMs: run.wakeInMs, waiting: 'retry' };
        break;
      }
      const context: WorkContext = { ports, session, before, writes: new LaneWrites(), run };
      let end: RunEnd;
      try {
        end = await attemptRun(context, flow);
      } catch (error) {
        before.push({ run, writes: context.writes.take() });
        if (error instanceof EarlierRunFailedError) {
          ({ release } = error);
          break;
        }
        await saveKnown(session, ports, writesOf(before), error);
        throw error;
      }
      before.push({ run, writes: context.writes.take() });
      if (end.kind === 'waiting') {
        release = end.release;
        break;
      }
      if (end.holdsLane) {
        release = { afterMs: null, waiting: 'held' };
        break;
      }
    }
    let hasWorkLeft: boolean;
    try {
      // Whether the lane is still held is for the statement to say: what was done must not be lost to a slow clock.
      hasWorkLeft = await saver.save(lane, writesOf(before), release);
    } catch (error) {
      if (isLaneTrouble(error)) throw error;
      const own = await saveApart({ ports, session, ended: before });
      // A lane that a dead letter holds stays held.
      if (own !== undefined && release.waiting !== 'held') release = own;
      hasWorkLeft = await saver.save(lane, joinWrites([]), release);
    }
    session.released({ wakeAfterMs: releasedUntil(release, hasWorkLeft, ports) });
  };
}

function writesOf(ended: readonly EndedRun[]): TakenWrites {
  return joinWrites(ended.map(({ writes }) => writes));
}

/** A hint: the database knows. */
function releasedUntil(
  { afterMs, until }: Release,
  hasWorkLeft: boolean,
  { clock }: WorkPorts,
): number | null {
  if (until !== undefined) return Math.max(0, until.getTime() - clock.now().getTime());
  return afterMs === 0 && !hasWorkLeft ? null : afterMs;
}

async function attemptRun(context: WorkContext, flow: KnownFlow): Promise<RunEnd> {
  const { ports, run } = context;
  const progress: Progress = { hasAdvanced: false };
  let isLoaded = false;
  try {
    const stored = await loadStoredRun(ports.store, run);
    isLoaded = true;
    const verdict = await executeRun(context, flow, stored, progress);
    return concludeRun(context, flow, verdict, progress);
  } catch (error) {
    if (isLaneTrouble(error)) throw error;
    ports.log.error({ err: error, run: run.id, flow: run.flow }, 'a run failed unexpectedly');
    const data: ErrorData = { ...errorToData(error), retry: 'later' };
    // What could not be read may hold a write that is open: such a run must not end.
    return concludeRun(context, flow, { kind: 'retry', error: data }, { ...progress, mustGoOn: !isLoaded });
  }
}

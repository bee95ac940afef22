import { defineQuery, type Queryable } from '../define-query.ts';

/** A run that waits its turn, with its event. */
export interface LaneRunRow {
  lane_id: string;
  id: string;
  flow: string;
  flow_version: number;
  key: string;
  status: 'queued' | 'waiting';
  waiting_for: string | null;
  /** Milliseconds until it may go on; negative when it may. */
  wake_in_ms: number | null;
  attempts: number;
  /** Whether steps were begun. */
  has_steps: boolean;
  upcast: string | null;
  event_id: string;
  event_source: string;
  event_type: string;
  event_subject: string | null;
  event_time: Date;
  event_data: string;
}

const query = defineQuery<[lanes: string[], limit: number], LaneRunRow>(
  'load-lane-runs',
  `select run.*, event.id as event_id, event.source as event_source, event.type as event_type,
          event.subject as event_subject, event.time as event_time, event.data as event_data
   from unnest($1::uuid[]) as lane (id)
   cross join lateral (
     select lane_id, id, event_seq, flow, flow_version, key, status, waiting_for, attempts, upcast, seq,
            extract(epoch from wake_at - now())::double precision * 1000 as wake_in_ms,
            exists (select from onceover.steps where run_id = runs.id)
              or exists (select from onceover.effects where run_id = runs.id) as has_steps
     from onceover.runs
     where lane_id = lane.id and finished_at = 'infinity'
     order by seq limit $2
   ) run
   join onceover.events event on event.seq = run.event_seq
   order by run.seq`,
);

/** The next runs of each lane, in order. */
export function loadLaneRuns(db: Queryable, lanes: string[], limit: number): Promise<LaneRunRow[]> {
  return query.rows(db, [lanes, limit]);
}

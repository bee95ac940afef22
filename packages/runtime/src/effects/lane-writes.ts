import type { ProgressRows } from '@onceover/store';
import type { Change } from '../audit/build-leaves.ts';

type RowsOf<Name extends keyof ProgressRows> = NonNullable<ProgressRows[Name]>[number];
type EffectPlace = Pick<RowsOf<'outcomes'>, 'run_id' | 'step_id' | 'iteration' | 'position'>;
type EffectChange = RowsOf<'outcomes'>;

/** The sets of rows that workers write, besides lanes and leaves. */
export type WorkRows = Required<Omit<ProgressRows, 'lanes' | 'leaves' | 'entries'>>;

/** What `LaneWrites` gathered, as it is saved. */
export interface TakenWrites {
  rows: WorkRows;
  changes: Change[];
  finishedRuns: number;
}

/**
 * What a worker did to its lane since its last save. A row that is both added and changed before it is saved is
 * added as it is then.
 */
export class LaneWrites {
  readonly #steps = new Map<string, RowsOf<'steps'>>();
  readonly #outputs = new Map<string, RowsOf<'outputs'>>();
  readonly #effects = new Map<string, RowsOf<'effects'>>();
  readonly #outcomes = new Map<string, RowsOf<'outcomes'>>();
  readonly #links = new Map<string, RowsOf<'links'>>();
  readonly #runs: RowsOf<'runs'>[] = [];
  readonly changes: Change[] = [];
  finishedRuns = 0;

  get isEmpty(): boolean {
    const sets = [this.#steps, this.#outputs, this.#effects, this.#outcomes, this.#links];
    return this.#runs.length === 0 && sets.every(({ size }) => size === 0);
  }

  addStep(row: RowsOf<'steps'>): void {
    this.#steps.set(stepKey(row), row);
  }

  setOutput(row: RowsOf<'outputs'>): void {
    const added = this.#steps.get(stepKey(row));
    if (added === undefined) this.#outputs.set(stepKey(row), row);
    else this.#steps.set(stepKey(row), { ...added, output: row.output });
  }

  addEffect(row: RowsOf<'effects'>): void {
    this.#effects.set(effectKey(row), row);
  }

  changeEffect(change: EffectChange): void {
    const key = effectKey(change);
    const added = this.#effects.get(key);
    if (added !== undefined) {
      const { drops_write: isSettled, first_sent_ago_ms: _first, last_sent_ago_ms: _last, ...facts } = change;
      const write = isSettled ? null : (facts.write ?? added.write);
      const reads = isSettled ? null : (facts.reads ?? added.reads);
      const idempotencyKey = facts.idempotency_key ?? added.idempotency_key;
      this.#effects.set(key, { ...added, ...facts, write, reads, idempotency_key: idempotencyKey });
      return;
    }
    const before = this.#outcomes.get(key);
    this.#outcomes.set(key, {
      ...change,
      write: change.write ?? before?.write ?? null,
      reads: change.reads ?? before?.reads ?? null,
      idempotency_key: change.idempotency_key ?? before?.idempotency_key ?? null,
      first_sent_ago_ms: change.first_sent_ago_ms ?? before?.first_sent_ago_ms ?? null,
      last_sent_ago_ms: change.last_sent_ago_ms ?? before?.last_sent_ago_ms ?? null,
      // One that carries another call since keeps that one.
      drops_write: change.drops_write || (change.write === null && before?.drops_write === true),
    });
  }

  addLink(row: RowsOf<'links'>): void {
    this.#links.set(linkKey(row), row);
  }

  setRun(row: RowsOf<'runs'>): void {
    this.#runs.push(row);
    if (row.status !== 'waiting') this.finishedRuns += 1;
  }

  /** What was gathered; the collection is empty afterwards. */
  take(): TakenWrites {
    const { finishedRuns } = this;
    this.finishedRuns = 0;
    return {
      rows: {
        steps: drain(this.#steps),
        outputs: drain(this.#outputs),
        effects: drain(this.#effects),
        outcomes: drain(this.#outcomes),
        links: drain(this.#links),
        runs: this.#runs.splice(0),
      },
      changes: this.changes.splice(0),
      finishedRuns,
    };
  }
}

/** Collections of one lane as one; they have no row in common but links. */
export function joinWrites(all: readonly TakenWrites[]): TakenWrites {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const each = <Name extends keyof WorkRows>(name: Name) =>
    all.flatMap(({ rows }) => rows[name] as readonly unknown[]) as unknown as WorkRows[Name];
  return {
    rows: {
      steps: each('steps'),
      outputs: each('outputs'),
      effects: each('effects'),
      outcomes: each('outcomes'),
      links: each('links'),
      runs: each('runs'),
    },
    changes: all.flatMap(({ changes }) => changes),
    finishedRuns: all.reduce((sum, { finishedRuns }) => sum + finishedRuns, 0),
  };
}

function drain<Row>(rows: Map<string, Row>): Row[] {
  if (rows.size === 0) return [];
  const all = [...rows.values()];
  rows.clear();
  return all;
}

const stepKey = ({ run_id, step_id }: { run_id: string; step_id: string }) => `${run_id} ${step_id}`;
const effectKey = (place: EffectPlace) =>
  `${place.run_id} ${place.step_id} ${place.iteration} ${place.position}`;
const linkKey = (link: Omit<RowsOf<'links'>, 'vendor_id'>) =>
  JSON.stringify([link.tenant, link.connection, link.resource, link.natural_key]);

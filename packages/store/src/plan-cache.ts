import type pg from 'pg';

/**
 * Settings of every session. A statement is planned once for a connection: planning costs as much as a small statement
 * itself. Every statement here finds its rows by an index, also when the plan was made while a table was almost empty.
 */
const settings = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  // Its cost estimates mean nothing with the settings above.
  jit: 'off',
};

/** For statements that are rare and whose filters come and go: planned each time, for the values at hand. */
const rareSettings = { plan_cache_mode: 'force_custom_plan', jit: 'off' };

/** Whether a session runs few statements all the time, or many kinds of them now and then. */
export type StatementUse = 'frequent' | 'rare';

/** As PostgreSQL takes them with a new connection. */
export function plannerOptions(use: StatementUse): string {
  return Object.entries(use === 'frequent' ? settings : rareSettings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

const maxUses = 250;
const maxAgeMs = 10_000;

/**
 * A plan that was right for a table of ten rows reads all of it when it has a million. PostgreSQL notices when it next
 * analyses the table, which may be a minute later; a busy runner cannot wait for that.
 */
export class PlanAges {
  readonly #plans = new WeakMap<pg.ClientBase, { uses: number; madeAtMs: number }>();

  /** Call before each statement on a connection: makes the session forget its plans when they are old. */
  async refresh(client: pg.ClientBase, nowMs: number): Promise<void> {
    const plans = this.#plans.get(client);
    if (plans === undefined) {
      this.#plans.set(client, { uses: 1, madeAtMs: nowMs });
      return;
    }
    plans.uses += 1;
    if (plans.uses < maxUses && nowMs - plans.madeAtMs < maxAgeMs) return;
    this.#plans.set(client, { uses: 0, madeAtMs: nowMs });
    await client.query('discard plans');
  }
}

import { defineFlow, kpi } from '@onceover/automation';
import { type AuditEntry, verifyLeaf } from '@onceover/audit-log';
import { billing, crm } from '@onceover/contract';
import { openStore, type Store } from '@onceover/store';
import { createTestDatabase, readTable, type TestDatabase } from '@onceover/store/testing';
import type { Log } from '../ports.ts';
import { createRuntime, type Runtime, type RuntimeOptions } from '../runtime.ts';
import { createFakeBroker, createVendor, type FakeBrokerOptions, type FakeVendor } from './fake-broker.ts';
import { hostAutomation } from './host-automation.ts';

/** What a flow of the tests has besides its steps. */
export const flowFacts = {
  version: 1,
  owner: 'revenue-operations',
  runbook: './runbook.md',
  tier: 'notify',
  kpi: kpi.duration('payment to CRM', { from: 'event.time', to: 'run.finished' }),
} as const;

/** One upsert for each paid invoice, ordered by the customer. */
export const invoicePaid = defineFlow({
  ...flowFacts,
  id: 'invoice-paid',
  on: billing.invoicePaid,
  orderBy: ({ event }) => event.data.customer.email,
}).step('contact', crm.contacts.upsert, ({ event }) => ({
  connection: 'crm',
  records: [{ email: event.data.customer.email }],
}));

export const upsert = { name: 'contacts.upsert', implements: 'crm.contacts.upsert' } as const;

/** A database, a vendor, and runtimes on them. */
export interface Rig {
  database: TestDatabase;
  vendor: FakeVendor;
  /** Another runner on the same database, started. */
  runner(options?: Partial<RuntimeOptions> & { withoutHeartbeats?: boolean }): Promise<Runner>;
  rows(table: string): Promise<Record<string, unknown>[]>;
  /** Every audit entry in the order of the leaves, each leaf verified. */
  entries(): Promise<AuditEntry[]>;
  /** Everything that was logged at warn or error. */
  complaints: string[];
  close(): Promise<void>;
}

export interface Runner {
  runtime: Runtime;
  store: Store;
  /** As a kill: the runner's database is gone for it, its calls in flight stay as they are. */
  kill(): Promise<void>;
}

export interface RigOptions extends Partial<Omit<FakeBrokerOptions, 'vendor'>> {
  flows?: Readonly<Record<string, object>>;
}

/** Quick enough for tests, and still longer than any pause of the machine that runs them. */
export const quick = {
  pollMs: 50,
  leaseMs: 10_000,
  sendMarginMs: 100,
  retryBaseMs: 20,
  retryCapMs: 100,
} as const;

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const database = await createTestDatabase();
  const vendor = createVendor();
  const automation = await hostAutomation('tests', options.flows ?? { invoicePaid });
  const complaints: string[] = [];
  const complain = (fields: object, message: string) => {
    const cause = 'err' in fields && fields.err instanceof Error ? `: ${fields.err.stack}` : '';
    complaints.push(message + cause);
  };
  const log: Log = { debug() {}, info() {}, warn: complain, error: complain };
  const broker = createFakeBroker({ operations: [upsert], ...options, vendor });
  const closers: (() => Promise<void>)[] = [];
  return {
    database,
    vendor,
    complaints,
    async runner({ withoutHeartbeats = false, ...given } = {}) {
      const opened = await openStore({ url: database.url, applicationName: 'test', maxConnections: 8 });
      const store: Store = withoutHeartbeats ? { ...opened, query: dropHeartbeats(opened.query) } : opened;
      const runtime = await createRuntime({
        store,
        broker,
        connectors: [],
        environment: 'test',
        automations: [automation],
        log,
        ...given,
        options: { ...quick, ...given.options },
      });
      let isKilled = false;
      closers.push(async () => {
        if (!isKilled) await runtime.stop({ timeoutMs: 500 });
        await store.close();
      });
      await runtime.start();
      const kill = async () => {
        isKilled = true;
        await store.close();
      };
      return { runtime, store, kill };
    },
    rows: (table) => readTable(database, table),
    async entries() {
      const leaves = await readTable(database, 'audit_leaves');
      const entries = await readTable(database, 'audit_entries');
      return leaves
        .toSorted((a, b) => Number(a['sequence']) - Number(b['sequence']))
        .flatMap((leaf) => {
          const own = entries.filter((entry) => entry['leaf_id'] === leaf['id']);
          const problems = verifyLeaf({ ...leaf, entries: own } as unknown as Parameters<
            typeof verifyLeaf
          >[0]);
          if (problems.length > 0) throw new Error(`leaf ${String(leaf['id'])}: ${JSON.stringify(problems)}`);
          return own
            .toSorted((a, b) => Number(a['position']) - Number(b['position']))
            .map((entry) => JSON.parse(String(entry['payload'])) as AuditEntry);
        });
    },
    async close() {
      for (const close of closers.toReversed()) await close();
      await database.drop();
    },
  };
}

function dropHeartbeats(query: Store['query']): Store['query'] {
  return async (statement) =>
    statement.name === 'extend-lanes' ? Promise.reject(new Error('not let through')) : query(statement);
}

/** A paid invoice as a CloudEvent. */
export function paidInvoice(id: string, customer = 'ada@example.com'): Record<string, unknown> {
  return {
    specversion: '1.0',
    id,
    source: '/tests',
    type: billing.invoicePaid.type,
    time: '2026-11-24T10:00:00Z',
    data: { ...billing.invoicePaid.example, invoiceId: id, customer: { email: customer } },
  };
}

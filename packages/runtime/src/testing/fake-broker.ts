import { createHash, createHmac } from 'node:crypto';
import type {
  ConnectionInfo,
  OperationCall,
  OperationResult,
  RecordedRead,
  RenderedWrite,
} from '@onceover/broker';
import {
  type ErrorData,
  errorToData,
  type Guarantee,
  guaranteeClass,
  type JsonValue,
  type Manifest,
  type OperationManifest,
  type RecordOutcome,
  UpstreamError,
  type WebhookManifest,
  type WriteManifest,
} from '@onceover/contract';
import type { BrokerPort } from '../ports.ts';

type KeyedRecord = NonNullable<OperationCall['records']>[number];

/** What the vendor does with a write that reached it. */
export type Answer =
  | { outcomes: readonly RecordOutcome[] }
  | { status: number; error: ErrorData; replayed?: boolean; tooFast?: boolean }
  /** No whole answer came back. */
  | 'lost'
  | 'unsent';

/** One write as the vendor got it. */
export interface SentWrite {
  connection: string;
  operation: string;
  records: readonly KeyedRecord[];
  write: RenderedWrite;
  isResumed: boolean;
}

/** A vendor in memory, keeping records by natural key. */
export interface FakeVendor {
  sent: SentWrite[];
  /** Records by `connection operation natural key`: the vendor's ledger. */
  records: Map<string, { vendorId: string; times: number }>;
  /** Decides the answer; undefined: the record is created or updated. Runs when the write has arrived. */
  answer?: (sent: SentWrite) => Answer | undefined | Promise<Answer | undefined>;
  read?: (
    call: OperationCall,
  ) => JsonValue | { error: ErrorData } | Promise<JsonValue | { error: ErrorData }>;
  lookup?: (records: readonly KeyedRecord[]) => readonly (string | null)[] | { error: ErrorData };
  /** Before the call's first hook. */
  beforeHooks?: (() => Promise<void>) | undefined;
  /** While the write is stored and its socket is not open yet. */
  beforeStart?: (() => Promise<void>) | undefined;
  normalize?: BrokerPort['normalize'];
  verify?: (rawBody: Buffer) => boolean;
  /** For `read` and `answer` to look at. */
  isDown?: boolean;
}

export function createVendor(): FakeVendor {
  return { sent: [], records: new Map() };
}

/** Applies a write as a vendor with an upsert does. */
export function applyTo(vendor: FakeVendor, { connection, operation, records }: SentWrite): RecordOutcome[] {
  return records.map(({ naturalKey }) => {
    const place = `${connection} ${operation} ${naturalKey}`;
    const known = vendor.records.get(place);
    if (known !== undefined) {
      known.times += 1;
      return { outcome: 'updated', vendorId: known.vendorId };
    }
    const vendorId = `v${vendor.records.size + 1}`;
    vendor.records.set(place, { vendorId, times: 1 });
    return { outcome: 'created', vendorId };
  });
}

export interface FakeOperation {
  name: string;
  implements?: string;
  kind?: 'read' | 'write';
  guarantee?: Guarantee;
  batch?: number;
  reads?: readonly string[];
  naturalKey?: WriteManifest['naturalKey'];
}

export interface FakeBrokerOptions {
  vendor: FakeVendor;
  operations: readonly FakeOperation[];
  webhook?: WebhookManifest;
  /** By id; `crm` unless given. */
  connections?: readonly Partial<ConnectionInfo>[];
  registrations?: readonly { id: string; appId: string | null }[];
}

/** A broker without sockets and secrets. */
export function createFakeBroker(options: FakeBrokerOptions): BrokerPort {
  const { vendor } = options;
  const manifest = {
    id: 'fake',
    operations: options.operations.map(operationManifest),
    triggers: options.webhook === undefined ? [] : [options.webhook],
  } as unknown as Manifest; // The runtime reads no other part of it.
  const connector = {
    id: 'fake',
    version: '1.0.0',
    packageName: 'fake',
    manifest,
    folder: '/fake',
    entry: '/fake/index.js',
    integrity: '0',
    files: { folder: '/fake', algorithm: 'sha256', hashes: {} } as const,
    source: 'folder' as const,
  };
  const connections = (options.connections ?? [{ id: 'crm' }]).map(
    (given): ConnectionInfo => ({
      tenant: 'default',
      id: 'crm',
      account: null,
      identity: null,
      registration: null,
      variables: {},
      ...given,
      connector,
    }),
  );
  const find = (id: string) => connections.find((connection) => connection.id === id);
  const operationOf = (name: string) => {
    const found = manifest.operations.find((one) => one.name === name || one.implements === name);
    if (found === undefined) throw new Error(`no operation ${name}`);
    return found;
  };
  return {
    isolation: 'inline',
    effectKey: (parts) => createHmac('sha256', 'test').update(JSON.stringify(parts)).digest('hex'),
    connections: {
      get: async (tenant, id) => connections.find((one) => one.id === id && one.tenant === tenant),
      async byHook(hookId) {
        const connection = find(hookId);
        if (connection !== undefined) return { kind: 'connection', connection };
        const registration = options.registrations?.find(({ id }) => id === hookId);
        if (registration === undefined) return undefined;
        return { kind: 'registration', registration: { ...registration, connector, clientId: null } };
      },
      byAccount: async (registration, account) =>
        connections.find((one) => one.registration === registration && one.account === account),
    },
    async info(tenant, connection, name) {
      const found = find(connection);
      if (found === undefined || found.tenant !== tenant) throw new Error(`no connection ${connection}`);
      const operation = operationOf(name);
      return {
        connection: found,
        manifest: operation,
        class: operation.kind === 'write' ? guaranteeClass(operation.guarantee) : 'A',
      };
    },
    async verify({ hookId, rawBody }) {
      const hook = await this.connections.byHook(hookId);
      if (hook === undefined) return { verified: false, reason: 'unknown-hook' };
      if (vendor.verify?.(rawBody) === false) return { verified: false, reason: 'mismatch' };
      return { verified: true, hook, trigger: options.webhook?.name ?? '', signedAt: undefined };
    },
    call: (call) => callVendor(call, operationOf(call.operation), vendor),
    async lookup({ records }) {
      const found = vendor.lookup?.(records) ?? records.map(() => null);
      return 'error' in found ? found : { vendorIds: found };
    },
    normalize: (call) =>
      vendor.normalize?.(call) ?? Promise.resolve({ items: call.items.map(() => ({ events: [] })) }),
  };
}

async function answerOf(vendor: FakeVendor, sent: SentWrite): Promise<Answer> {
  return (await vendor.answer?.(sent)) ?? { outcomes: applyTo(vendor, sent) };
}

/** A call that is given up while its answer is awaited is lost. */
function aborted(signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve('lost'), { once: true });
  });
}

async function callVendor(
  call: OperationCall,
  operation: OperationManifest,
  vendor: FakeVendor,
): Promise<OperationResult> {
  const reads: RecordedRead[] = [];
  const failed = (error: unknown): OperationResult => ({
    reply: { kind: 'error', error: errorToData(error) },
    write: { state: 'none' },
    reads,
  });
  if (operation.kind === 'read') {
    try {
      await call.hooks?.beforeFirstRequest?.();
      const output = (await vendor.read?.(call)) ?? null;
      if (typeof output === 'object' && output !== null && 'error' in output) {
        return {
          reply: { kind: 'error', error: output.error as ErrorData },
          write: { state: 'none' },
          reads,
        };
      }
      return { reply: { kind: 'read', output }, write: { state: 'none' }, reads };
    } catch (error) {
      return failed(error);
    }
  }
  const records = call.records ?? [];
  const write = call.resume?.write ?? render(operation, records);
  try {
    await vendor.beforeHooks?.();
    await call.hooks?.beforeFirstRequest?.();
    await call.hooks?.beforeWrite?.(write, reads);
  } catch (error) {
    return failed(error);
  }
  try {
    await vendor.beforeStart?.();
    call.hooks?.mayStart?.();
  } catch (thrown) {
    const error = errorToData(thrown);
    return { reply: { kind: 'error', error }, write: { state: 'unsent', write, error }, reads };
  }
  const sent: SentWrite = {
    connection: call.connection,
    operation: call.operation,
    records,
    write,
    isResumed: call.resume !== undefined,
  };
  vendor.sent.push(sent);
  const answer = await Promise.race([answerOf(vendor, sent), aborted(call.signal)]);
  if (answer === 'lost' || answer === 'unsent') {
    const error = errorToData(new UpstreamError(`the write was ${answer}`, { code: answer }));
    return { reply: { kind: 'error', error }, write: { state: answer, write, error }, reads };
  }
  const status = 'status' in answer ? answer.status : 200;
  const replayed = 'replayed' in answer && answer.replayed;
  const tooFast = status === 429 || ('tooFast' in answer && answer.tooFast);
  return {
    reply:
      'outcomes' in answer
        ? { kind: 'written', outcomes: answer.outcomes }
        : { kind: 'error', error: answer.error },
    write: { state: 'answered', write, answer: { status, headers: {}, body: '' }, replayed, tooFast },
    reads,
  };
}

function render(operation: WriteManifest, records: readonly KeyedRecord[]): RenderedWrite {
  const body = JSON.stringify(records.map(({ record }) => record));
  const { guarantee } = operation;
  const [first] = records;
  return {
    method: 'POST',
    origin: 'https://vendor.example',
    path: '/records',
    query: '',
    contentType: 'application/json',
    headers: {},
    body,
    idempotency:
      guarantee.kind === 'idempotencyKey' && first !== undefined
        ? { header: guarantee.header, key: first.effectKey }
        : null,
    template: 'POST /records',
    hash: createHash('sha256').update(body).digest('hex'),
  };
}

function operationManifest(given: FakeOperation): OperationManifest {
  const common = {
    name: given.name,
    implements: given.implements,
    summary: given.name,
    scopes: [],
    reads: given.reads ?? [],
    requestHeaders: [],
    source: 'https://vendor.example/docs',
    timeoutMs: 30_000,
  };
  if (given.kind === 'read') {
    return { kind: 'read', ...common, impact: 'read', input: {}, output: {} } as unknown as OperationManifest;
  }
  return {
    kind: 'write',
    ...common,
    impact: 'write',
    reach: 1,
    resource: 'fake.records',
    naturalKey: given.naturalKey ?? [{ pointer: '/email', canonical: 'email' }],
    guarantee: given.guarantee ?? { kind: 'naturalKey', field: 'email' },
    batch: { max: given.batch ?? 1 },
    writes: ['POST /records'],
    record: {},
  } as unknown as OperationManifest;
}

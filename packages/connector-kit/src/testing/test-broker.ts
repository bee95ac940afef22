import {
  type Answer,
  type CallbackReply,
  type Connector,
  type ConnectorCallback,
  type ConnectorReply,
  errorToData,
  findOperation,
  guaranteeAt,
  isApplied,
  type JsonValue,
  type OperationManifest,
  parseJson,
  serveConnector,
  stringifyJson,
} from '@onceover/contract';
import type { Dispatcher } from 'undici';
import { keyRecords } from './key-records.ts';
import { CallGate, type RenderedCall, type TestCall } from './test-call.ts';

export interface TestBrokerOptions {
  connector: Connector;
  /** Where requests go: an `AnswerDispatcher`, or a real one for a fake that listens. */
  dispatcher: Dispatcher;
  accessToken: string;
  /** The vendor account and the values of the manifest's URL variables. */
  account?: string;
  variables?: Readonly<Record<string, string>>;
  /** Replaces scheme, host and port, as a connection's development `origin` does. */
  origin?: string;
}

export interface TestRun {
  mode?: 'execute' | 'plan';
  /** For a write: records of one call. */
  records?: readonly JsonValue[];
  /** For a read. */
  input?: JsonValue;
  /** Names the business event behind a write: the same name and record, the same effect key. */
  event?: string;
  /** An earlier run: its reads are answered as then, and the same bytes go out again under the same key. */
  resume?: TestResult;
  /** A record that was not found is planned once more without its links, unless this is false. */
  replan?: boolean;
  signal?: AbortSignal;
}

/** What became of the one write that a call may make. */
export type TestWrite =
  | { state: 'none' }
  | { state: 'withheld'; call: RenderedCall }
  | { state: 'answered'; call: RenderedCall; answer: Answer; replayed: boolean }
  /** Sent, and no whole answer came back. */
  | { state: 'lost'; call: RenderedCall };

export interface TestResult {
  reply: ConnectorReply;
  write: TestWrite;
  /** All calls that were let through, in order. */
  calls: readonly TestCall[];
  /** Natural keys whose links the call used. */
  linksUsed: readonly string[];
}

/**
 * A broker in memory, as strict as the real one: a call must match the operation's reads or writes, a run makes at
 * most one write, only declared headers pass, the key that keeps an effect single is set here, a plan withholds the
 * write, and every message crosses as JSON. A record that was not found is planned once more without its links.
 */
export class TestBroker {
  readonly links = new Map<string, Map<string, string>>();
  readonly #options: TestBrokerOptions;

  constructor(options: TestBrokerOptions) {
    this.#options = options;
  }

  /** Runs one call of an operation. */
  async run(name: string, run: TestRun): Promise<TestResult> {
    const operation = this.operation(name);
    const first = await this.#once(operation, run);
    const isGone =
      first.reply.kind === 'error' &&
      first.reply.error.class === 'NotFoundError' &&
      first.write.state !== 'lost' &&
      first.linksUsed.length > 0;
    if (!isGone || run.resume !== undefined || run.replan === false) return first;
    const resource = operation.kind === 'write' ? operation.resource : operation.name;
    for (const key of first.linksUsed) this.links.get(resource)?.delete(key);
    const second = await this.#once(operation, run);
    return { ...second, calls: [...first.calls, ...second.calls] };
  }

  /** Asks an operation what became of records whose answer was lost. */
  async lookup(
    name: string,
    records: readonly JsonValue[],
    event = 'event-1',
  ): Promise<{ reply: ConnectorReply; calls: readonly TestCall[] }> {
    const operation = this.operation(name);
    const gate = this.#gate(operation, { mode: 'execute' });
    const reply = await this.#handle(
      { kind: 'lookup', operation: operation.name, records: keyRecords(operation, records, event) },
      gate,
      operation,
      [],
    );
    return { reply, calls: gate.calls };
  }

  /** Normalises items of a trigger. */
  normalize(
    trigger: string,
    items: readonly { item: JsonValue; record?: JsonValue | null }[],
  ): Promise<ConnectorReply> {
    return this.#send({ kind: 'normalize', trigger, items }, async () => {
      throw new Error('normalize is pure: it makes no calls');
    });
  }

  operation(name: string): OperationManifest {
    const operation = findOperation(this.#options.connector.manifest, name);
    if (operation === undefined) throw new Error(`The connector has no operation ${name}`);
    return operation;
  }

  async #once(operation: OperationManifest, run: TestRun): Promise<TestResult> {
    const mode = run.mode ?? 'execute';
    const records =
      operation.kind === 'write'
        ? keyRecords(operation, run.records ?? [], run.event ?? 'event-1')
        : undefined;
    const gate = this.#gate(operation, {
      mode,
      ...resumeOf(run.resume),
      ...idempotencyOf(operation, records ?? []),
    });
    const linksUsed: string[] = [];
    const reply = await this.#handle(
      {
        kind: 'run',
        operation: operation.name,
        mode,
        ...(records === undefined ? { input: run.input ?? {} } : { records }),
      },
      gate,
      operation,
      linksUsed,
      run.signal,
    );
    if (operation.kind === 'write' && reply.kind === 'written') {
      for (const [index, outcome] of reply.outcomes.entries()) {
        const record = records?.[index];
        if (record !== undefined && isApplied(outcome.outcome) && 'vendorId' in outcome) {
          this.#linksOf(operation.resource).set(record.naturalKey, outcome.vendorId);
        }
      }
    }
    return { reply, write: gate.write, calls: gate.calls, linksUsed };
  }

  #gate(
    operation: OperationManifest,
    how: Omit<
      ConstructorParameters<typeof CallGate>[0],
      'manifest' | 'operation' | 'dispatcher' | 'accessToken' | 'origin'
    >,
  ): CallGate {
    const { connector, dispatcher, accessToken, variables = {}, origin } = this.#options;
    const first = connector.manifest.egress[0] ?? '';
    return new CallGate({
      ...how,
      manifest: connector.manifest,
      operation,
      dispatcher,
      accessToken,
      origin: origin ?? first.replace(/\{([a-z]+)\}/g, (_, name: string) => variables[name] ?? ''),
    });
  }

  #handle(
    request: Record<string, unknown>,
    gate: CallGate,
    operation: OperationManifest,
    linksUsed: string[],
    signal?: AbortSignal,
  ): Promise<ConnectorReply> {
    const { account = null, variables = {} } = this.#options;
    const own = operation.kind === 'write' ? operation.resource : operation.name;
    return this.#send(
      { ...request, connection: { id: 'test', account, variables } },
      async (call) => {
        switch (call.kind) {
          case 'http':
            return gate.pass(call.request);
          case 'links-find': {
            const known = this.#linksOf(call.resource);
            const found = call.keys.flatMap((key) => {
              const vendorId = known.get(key);
              return vendorId === undefined ? [] : [[key, vendorId] as const];
            });
            if (call.resource === own) linksUsed.push(...found.map(([key]) => key));
            return { kind: 'links-found', vendorIds: Object.fromEntries(found) };
          }
          case 'links-forget':
            this.#linksOf(call.resource).delete(call.key);
            return { kind: 'done' };
        }
      },
      signal,
    );
  }

  /** Messages cross as JSON text in both directions, as over a process border. */
  async #send(
    request: Record<string, unknown>,
    callback: (call: ConnectorCallback) => Promise<CallbackReply>,
    signal: AbortSignal = AbortSignal.timeout(30_000),
  ): Promise<ConnectorReply> {
    const reply = await serveConnector(this.#options.connector).handle(
      parseJson(stringifyJson(request)),
      async (call) => {
        try {
          const answer = await callback(parseJson(stringifyJson(call)) as unknown as ConnectorCallback);
          return parseJson(stringifyJson(answer));
        } catch (error) {
          return parseJson(stringifyJson({ kind: 'error', error: errorToData(error) }));
        }
      },
      signal,
    );
    return parseJson(stringifyJson(reply)) as unknown as ConnectorReply;
  }

  #linksOf(resource: string): Map<string, string> {
    const known = this.links.get(resource);
    if (known !== undefined) return known;
    const links = new Map<string, string>();
    this.links.set(resource, links);
    return links;
  }
}

function resumeOf(earlier: TestResult | undefined) {
  return earlier === undefined || earlier.write.state === 'none'
    ? {}
    : { resume: { call: earlier.write.call, reads: earlier.calls.filter(({ kind }) => kind === 'read') } };
}

/** The header that keeps the effects single, and whose effects they are. */
function idempotencyOf(
  operation: OperationManifest,
  records: readonly { effectKey: string }[],
): { idempotency?: { header: string; effectKeys: readonly string[] } } {
  if (operation.kind !== 'write') return {};
  const guarantee = guaranteeAt(operation.guarantee, 0);
  if (guarantee.kind !== 'idempotencyKey') return {};
  return { idempotency: { header: guarantee.header, effectKeys: records.map(({ effectKey }) => effectKey) } };
}

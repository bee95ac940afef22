import {
  type CallbackReply,
  type ConnectorReply,
  type ConnectorRequest,
  type ErrorData,
  errorToData,
  findOperation,
  type JsonValue,
  keepsSubscription,
  OnceoverError,
  type OperationManifest,
  ConfigurationError,
  UpstreamError,
} from '@onceover/contract';
import { deleteLink, findLinks, type Store } from '@onceover/store';
import { brokerErrorData } from '../broker-error-data.ts';
import type { OperationCall, OperationResult } from '../call-types.ts';
import type { Connection } from '../connections/connection.ts';
import type { ConnectionBook } from '../connections/create-connections.ts';
import type { HostPool } from '../hosts/host-pool.ts';
import { parseCallback, parseReply } from '../hosts/message-schemas.ts';
import { type Deadline, openDeadline } from './deadline.ts';
import { outcomeWithoutHeldBack, withoutHeldBack } from '../rate/held-back.ts';
import { type CallPorts, type CallSession, createCallSession } from './call-session.ts';
import type { WithheldSecret } from './withhold-secrets.ts';

export interface CallerPorts extends CallPorts {
  store: Store;
  connections: ConnectionBook;
  hosts: HostPool;
}

/** A look-up of records whose answer was lost: reads alone. */
export interface LookupCall {
  tenant: string;
  connection: string;
  operation: string;
  records: readonly { record: JsonValue; naturalKey: string; effectKey: string }[];
  hooks?: Pick<NonNullable<OperationCall['hooks']>, 'beforeFirstRequest'>;
  signal: AbortSignal;
}

export type LookupResult =
  /** In the records' order; null when the vendor does not know the record. */
  { vendorIds: readonly (string | null)[] } | { error: ErrorData };

/** Calls an operation. Never rejects: what fails is an error reply. */
export async function callOperation(call: OperationCall, ports: CallerPorts): Promise<OperationResult> {
  try {
    const resolved = await resolveOperation(call, ports.connections);
    const { id, manifest } = resolved.connection.info.connector;
    if (keepsSubscription(manifest, resolved.operation.name)) {
      throw new ConfigurationError(
        `${resolved.operation.name} of ${id} is how subscriptions are kept: run onceover connections subscribe`,
        { code: 'operation_reserved' },
      );
    }
    const { withheld: _kept, ...result } = await callResolved(resolved, call, ports);
    return result;
  } catch (error) {
    return { reply: { kind: 'error', error: brokerErrorData(error) }, write: { state: 'none' }, reads: [] };
  }
}

export interface ResolvedOperation {
  connection: Connection;
  operation: OperationManifest;
}

/**
 * Calls an operation that has been found. `withheld` are the secrets that the manifest has taken out of the answers.
 * @throws {ConfigurationError} for records to a read, or an input to a write
 */
export async function callResolved(
  { connection, operation }: ResolvedOperation,
  call: OperationCall,
  ports: Omit<CallerPorts, 'connections'>,
): Promise<OperationResult & { withheld: readonly WithheldSecret[] }> {
  if ((operation.kind === 'write') !== (call.records !== undefined)) {
    throw new ConfigurationError(
      `${operation.name} is a ${operation.kind}: it takes ${operation.kind === 'write' ? 'records' : 'an input'}`,
    );
  }
  const { id, account, variables } = connection.info;
  const message: ConnectorRequest = {
    kind: 'run',
    operation: operation.name,
    mode: call.mode,
    connection: { id, account, variables },
    ...(call.records === undefined ? { input: call.input ?? {} } : { records: call.records }),
  };
  const deadline = openDeadline(call.signal, operation.timeoutMs);
  const session = createCallSession(
    {
      connection,
      operation,
      mode: call.mode,
      effectKeys: (call.records ?? []).map(({ effectKey }) => effectKey),
      resume: call.resume,
      hooks: call.hooks,
      signal: deadline.signal,
    },
    ports,
  );
  const reply = await converse({ connection, operation, message, session, deadline }, ports);
  const { write, reads, failure, withheld } = await session.finish();
  deadline.close();
  return {
    reply: failure === undefined ? checkReply(reply, operation, call) : { kind: 'error', error: failure },
    write,
    reads,
    withheld,
  };
}

/** Looks records up. Never rejects. */
export async function lookupRecords(call: LookupCall, ports: CallerPorts): Promise<LookupResult> {
  try {
    const { connection, operation } = await resolveOperation(call, ports.connections);
    const { id, account, variables } = connection.info;
    const deadline = openDeadline(call.signal, operation.timeoutMs);
    const { signal } = deadline;
    const effectKeys = call.records.map(({ effectKey }) => effectKey);
    const session = createCallSession(
      { connection, operation, mode: 'lookup', effectKeys, hooks: call.hooks, signal },
      ports,
    );
    const message: ConnectorRequest = {
      kind: 'lookup',
      operation: operation.name,
      connection: { id, account, variables },
      records: call.records,
    };
    const reply = await converse({ connection, operation, message, session, deadline }, ports);
    const { failure } = await session.finish();
    deadline.close();
    if (failure !== undefined) return { error: failure };
    if (reply.kind === 'error') return { error: withoutHeldBack(reply.error) };
    if (reply.kind === 'looked-up' && reply.vendorIds.length === call.records.length) {
      return { vendorIds: reply.vendorIds };
    }
    throw wrongReply(operation);
  } catch (error) {
    return { error: brokerErrorData(error) };
  }
}

/** @throws {ConfigurationError} `connection_unknown`, `operation_unknown`, `connector_not_loaded` */
export async function resolveOperation(
  { tenant, connection: id, operation: name }: { tenant: string; connection: string; operation: string },
  connections: ConnectionBook,
): Promise<ResolvedOperation> {
  const connection = await connections.find(tenant, id);
  if (connection === undefined) {
    throw new ConfigurationError(`The tenant ${tenant} has no connection "${id}"`, {
      code: 'connection_unknown',
    });
  }
  const { manifest } = connection.info.connector;
  const operation = findOperation(manifest, name);
  if (operation === undefined) {
    throw new ConfigurationError(
      `${manifest.id}, the connector of "${id}", has no operation "${name}". It has: ${manifest.operations.map((one) => one.name).join(', ')}`,
      { code: 'operation_unknown' },
    );
  }
  return { connection, operation };
}

interface Conversation {
  connection: Connection;
  operation: OperationManifest;
  message: ConnectorRequest;
  session: CallSession;
  deadline: Deadline;
}

/** Sends the message to the connector's host, answers its callbacks, and gives its reply; errors are replies too. */
async function converse(
  { connection, operation, message, session, deadline }: Conversation,
  { hosts, store }: Pick<CallerPorts, 'hosts' | 'store'>,
): Promise<ConnectorReply> {
  const { tenant, id, connector } = connection.info;
  const onCallback = async (text: JsonValue): Promise<JsonValue> => {
    const reply = await answerCallback(text).catch(
      (error: unknown): CallbackReply => ({ kind: 'error', error: brokerErrorData(error) }),
    );
    // Every reply is plain data; its optional fields fall away in the codec.
    return reply as unknown as JsonValue;
  };
  const answerCallback = async (text: JsonValue): Promise<CallbackReply> => {
    const callback = parseCallback(text);
    switch (callback.kind) {
      case 'http':
        return session.request(callback.request);
      case 'links-find': {
        const { resource, keys } = callback;
        const links =
          keys.length === 0 ? [] : await findLinks(store, { tenant, connection: id, resource, keys });
        return { kind: 'links-found', vendorIds: Object.fromEntries(links) };
      }
      case 'links-forget': {
        const { resource, key } = callback;
        await deleteLink(store, { tenant, connection: id, resource, naturalKey: key });
        return { kind: 'done' };
      }
    }
  };
  // A plan ends at its write: the host is told, and its reply is not waited for.
  const host = hosts.connector(tenant, connector);
  const planned = session.withheld.then((): ConnectorReply => {
    deadline.abort(new DOMException('The plan has its write', 'AbortError'));
    return withheldReply(operation);
  });
  const asked = host
    .request(message as unknown as JsonValue, onCallback, deadline.signal)
    .then(parseReply)
    .catch((error: unknown): ConnectorReply => ({ kind: 'error', error: brokerErrorData(error) }));
  return Promise.race([planned, asked]);
}

function withheldReply({ name }: OperationManifest): ConnectorReply {
  const error = new OnceoverError(`The write of ${name} was rendered and withheld`, { code: 'withheld' });
  return { kind: 'error', error: brokerErrorData(error) };
}

/** The reply must be of the request's kind, a write's with one outcome for each record. */
function checkReply(
  reply: ConnectorReply,
  operation: OperationManifest,
  { records }: OperationCall,
): ConnectorReply {
  if (reply.kind === 'error') return { kind: 'error', error: withoutHeldBack(reply.error) };
  const isExpected =
    (operation.kind === 'read' && reply.kind === 'read') ||
    (operation.kind === 'write' && reply.kind === 'written' && reply.outcomes.length === records?.length);
  if (isExpected && reply.kind === 'written') {
    return { ...reply, outcomes: reply.outcomes.map(outcomeWithoutHeldBack) };
  }
  return isExpected ? reply : { kind: 'error', error: errorToData(wrongReply(operation)) };
}

function wrongReply({ name }: OperationManifest): UpstreamError {
  return new UpstreamError(`The connector answered ${name} with something else`, {
    code: 'host_reply',
    retry: 'never',
  });
}

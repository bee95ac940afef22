import type { z } from 'zod';
import type { Connector } from '../connector.ts';
import {
  ConfigurationError,
  ContractVersionError,
  errorFromData,
  errorToData,
  UpstreamError,
  ValidationError,
} from '../errors.ts';
import { classifyAnswer } from '../interpreters/classify-answer.ts';
import { type JsonValue, parseJson, stringifyJson, withPlainNumbers } from '../json.ts';
import type { HttpClient, HttpRequest, HttpResponse, Links, OperationContext } from '../operation-context.ts';
import { recordOutcomeSchema } from '../outcomes.ts';
import type { Operation } from '../operations.ts';
import type { RotationHttp, RotationRequest } from '../rotation.ts';
import { callRotationHook } from './call-rotation-hook.ts';
import type {
  CallbackReply,
  ConnectorCallback,
  ConnectorReply,
  ConnectorRequest,
  HostedModule,
  WireRequest,
} from './protocol.ts';

type Callback = (call: ConnectorCallback) => Promise<CallbackReply>;

/** Wraps a connector so that a host can call it by messages alone. */
export function serveConnector(connector: Connector): HostedModule {
  return {
    async handle(request, callback, signal) {
      // The host has parsed the message; its shape is the host's promise, the records' shape the runtime's.
      const call = callback as unknown as Callback;
      try {
        return (await answer(
          connector,
          request as unknown as ConnectorRequest,
          call,
          signal,
        )) as unknown as JsonValue;
      } catch (error) {
        return { kind: 'error', error: errorToData(fromSchemaError(error)) } as unknown as JsonValue;
      }
    },
  };
}

async function answer(
  connector: Connector,
  request: ConnectorRequest,
  callback: Callback,
  signal: AbortSignal,
): Promise<ConnectorReply> {
  switch (request.kind) {
    case 'manifest':
      return { kind: 'manifest', manifest: connector.manifest as unknown as JsonValue };
    case 'normalize':
      return { kind: 'normalized', items: normalize(connector, request) };
    case 'run':
      return run(connector, request, callback, signal);
    case 'rotate':
      return callRotationHook(connector, request, httpClient(connector, callback), signal);
    case 'lookup': {
      const operation = operationOf(connector, request.operation);
      if (operation.kind !== 'write' || operation.lookup === undefined) {
        throw new ConfigurationError(`Operation ${operation.name} has no lookup`);
      }
      const context = contextOf(connector, operation, request.connection, 'execute', callback, signal);
      const found = await operation.lookup({ ...context, records: request.records });
      if (found.length !== request.records.length) {
        throw new UpstreamError(`Operation ${operation.name}: lookup must give one answer for each record`, {
          code: 'outcome_count',
          retry: 'never',
        });
      }
      return { kind: 'looked-up', vendorIds: found };
    }
    default:
      throw new ContractVersionError(
        `This connector's contract does not know the request "${String((request as { kind: unknown }).kind)}"`,
      );
  }
}

async function run(
  connector: Connector,
  request: Extract<ConnectorRequest, { kind: 'run' }>,
  callback: Callback,
  signal: AbortSignal,
): Promise<ConnectorReply> {
  const operation = operationOf(connector, request.operation);
  const context = contextOf(connector, operation, request.connection, request.mode, callback, signal);
  if (operation.kind === 'read') {
    const input = operation.input.safeParse(withPlainNumbers(request.input ?? {}));
    if (!input.success) throw inputError(operation.name, input.error);
    const answered = await operation.run({ ...context, input: input.data });
    const output = operation.output.parse(withPlainNumbers(answered));
    return { kind: 'read', output: output as JsonValue };
  }
  const records = request.records ?? [];
  const outcomes = await operation.run({ ...context, records });
  if (outcomes.length !== records.length) {
    throw new UpstreamError(`Operation ${operation.name} must give one outcome for each record`, {
      code: 'outcome_count',
      retry: 'never',
    });
  }
  return { kind: 'written', outcomes: outcomes.map((outcome) => recordOutcomeSchema.parse(outcome)) };
}

function normalize(connector: Connector, request: Extract<ConnectorRequest, { kind: 'normalize' }>) {
  const trigger = connector.triggers.get(request.trigger);
  if (trigger === undefined) throw new ConfigurationError(`The connector has no trigger ${request.trigger}`);
  return request.items.map((delivered) => {
    try {
      const events = trigger.normalize(delivered);
      const undeclared = events.find(({ type }) => !trigger.events.includes(type));
      if (undeclared !== undefined) {
        throw new ConfigurationError(`Trigger ${trigger.name} does not declare ${undeclared.type}`);
      }
      return { events };
    } catch (error) {
      return { error: errorToData(fromSchemaError(error)) };
    }
  });
}

function inputError(operation: string, { issues }: z.ZodError): ValidationError {
  const path = pointerOf(issues[0]?.path);
  return new ValidationError(`Operation ${operation}: the input at "${path}" ${issues[0]?.message}`, {
    path,
  });
}

/** Connector code reads vendors' answers with schemas: one that does not fit is the vendor's fault, not a crash. */
function fromSchemaError(error: unknown): unknown {
  if (!(error instanceof Error) || !('issues' in error) || !Array.isArray(error.issues)) return error;
  const first = (error as z.ZodError).issues[0];
  return new UpstreamError(
    `The vendor's answer is not as expected: at "${pointerOf(first?.path)}": ${first?.message}`,
    { code: 'unexpected_answer', retry: 'never', cause: error },
  );
}

function pointerOf(path: readonly PropertyKey[] | undefined): string {
  return (path ?? []).map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function operationOf(connector: Connector, name: string): Operation {
  const operation = connector.operations.get(name);
  if (operation === undefined) throw new ConfigurationError(`The connector has no operation ${name}`);
  return operation;
}

function contextOf(
  connector: Connector,
  operation: Operation,
  connection: OperationContext['connection'],
  mode: 'execute' | 'plan',
  callback: Callback,
  signal: AbortSignal,
): OperationContext {
  const resource = operation.kind === 'write' ? operation.resource : operation.name;
  return {
    http: httpClient(connector, callback),
    links: linksOf(resource, callback),
    signal,
    mode,
    connection,
  };
}

function httpClient(connector: Connector, callback: Callback): HttpClient & RotationHttp {
  return {
    async request(request) {
      const reply = await callback({ kind: 'http', request: toWire(request) });
      if (reply.kind === 'error') throw errorFromData(reply.error);
      if (reply.kind !== 'http')
        throw new UpstreamError('The host answered an HTTP call with something else');
      const { status, headers, body } = reply.response;
      const error = classifyAnswer(connector.manifest.answers, reply.response, new Date());
      if (error !== undefined && !(request.accept ?? []).includes(status)) throw error;
      return { status, headers, json: parseBody(body), text: body } satisfies HttpResponse;
    },
  };
}

function linksOf(resource: string, callback: Callback): Links {
  return {
    async find(keys, other = resource) {
      const reply = await callback({ kind: 'links-find', resource: other, keys });
      if (reply.kind === 'error') throw errorFromData(reply.error);
      return new Map(reply.kind === 'links-found' ? Object.entries(reply.vendorIds) : []);
    },
    async forget(key, other = resource) {
      const reply = await callback({ kind: 'links-forget', resource: other, key });
      if (reply.kind === 'error') throw errorFromData(reply.error);
    },
  };
}

/** Serialises a request: the bytes that are kept, compared and sent. */
export function toWire(request: HttpRequest & Pick<RotationRequest, 'place'>): WireRequest {
  if (request.json !== undefined && request.form !== undefined) {
    throw new ValidationError('A request has json or form, not both');
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) query.append(name, one);
  }
  const head = {
    method: request.method,
    path: request.path,
    query: query.toString(),
    headers: request.headers ?? {},
    ...(request.place === undefined ? {} : { place: request.place }),
  };
  if (request.json !== undefined) {
    return { ...head, contentType: 'application/json', body: stringifyJson(request.json) };
  }
  if (request.form !== undefined) {
    const body = new URLSearchParams(request.form.map(([name, value]) => [name, value]));
    return { ...head, contentType: 'application/x-www-form-urlencoded', body: body.toString() };
  }
  return head;
}

function parseBody(text: string): JsonValue | undefined {
  if (text === '') return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

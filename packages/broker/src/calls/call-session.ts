import {
  type Answer,
  type CallbackReply,
  type CallTemplate,
  classifyAnswer,
  ConflictError,
  type ErrorData,
  errorToData,
  isReplayed,
  OnceoverError,
  type OperationManifest,
  OutcomeUnknownError,
  RateLimitError,
  ScopeError,
  UpstreamError,
  type WireRequest,
} from '@onceover/contract';
import { brokerErrorData } from '../broker-error-data.ts';
import type { OperationCall, RecordedRead, RenderedWrite, WriteReport } from '../call-types.ts';
import type { Connection } from '../connections/connection.ts';
import type { Egress } from '../egress/create-egress.ts';
import { createRedact, redactAnswer } from '../egress/redact.ts';
import { hashOfWrite, renderWrite } from '../egress/render-write.ts';
import type { AccessTokens } from '../oauth/access-tokens.ts';
import type { Clock, Counters, Log } from '../ports.ts';
import type { CallGate, Permit } from '../rate/call-gate.ts';
import { heldBackReason } from '../rate/held-back.ts';
import type { CallUseRecorder } from '../scopes/call-use.ts';
import type { Secret } from '../secret.ts';
import { type Authority, authorizeRequest } from './authorize-request.ts';
import { idempotencyOf } from './idempotency-of.ts';
import { createRecordedReads } from './recorded-reads.ts';
import { requestHeaders } from './request-headers.ts';
import { createWithholding, type WithheldSecret } from './withhold-secrets.ts';

export interface CallFacts {
  connection: Connection;
  operation: OperationManifest;
  mode: 'execute' | 'plan' | 'lookup';
  effectKeys: readonly string[];
  resume?: OperationCall['resume'];
  hooks?: OperationCall['hooks'];
  /** The operation's deadline, or the caller's. */
  signal: AbortSignal;
}

export interface CallPorts {
  egress: Egress;
  accessTokens: Pick<AccessTokens, 'get' | 'renew' | 'noteRefused'>;
  log: Log;
  clock: Clock;
  counters: Counters;
  callUse: Pick<CallUseRecorder, 'note'>;
  gate: Pick<CallGate, 'admit'>;
}

/** The vendor's side of one call of an operation: each request is checked, kept and sent here. */
export interface CallSession {
  request(request: WireRequest): Promise<CallbackReply>;
  /** Resolves when the call's write was withheld: there the call ends, whatever the code does next. */
  readonly withheld: Promise<void>;
  /** Refuses further requests, and waits for those on their way. `failure` is what ended the call, if something did. */
  finish(): Promise<{
    write: WriteReport;
    reads: readonly RecordedRead[];
    failure: ErrorData | undefined;
    /** What the manifest has taken out of the answers. */
    withheld: readonly WithheldSecret[];
  }>;
}

export function createCallSession(facts: CallFacts, ports: CallPorts): CallSession {
  const { connection, operation, mode, hooks, signal } = facts;
  const { connector } = connection.info;
  const { manifest } = connector;
  const authority: Authority = {
    manifest,
    operation,
    grantedScopes: connection.grantedScopes,
    mayWrite: mode !== 'lookup',
  };
  const labels = { connector: connector.id, operation: operation.name };
  const usePlace = {
    tenant: connection.info.tenant,
    connection: connection.info.id,
    connectorVersion: connector.version,
    ...labels,
  };
  const reads = createRecordedReads(facts.resume?.reads);
  const onItsWay = new Set<Promise<unknown>>();
  const withheld = Promise.withResolvers<void>();
  const withholding = createWithholding();
  let report: WriteReport = { state: 'none' };
  let hasWrite = false;
  let failure: ErrorData | undefined;
  let isOver = false;
  let opening: Promise<void> | undefined;

  /** Ends the call: the code's own reply no longer counts. */
  const end = (error: unknown): never => {
    failure ??= brokerErrorData(error);
    throw error;
  };

  /** What was held back ends the call; any other failure of a read is the code's to handle. */
  const endHeldBack = (error: unknown): never => {
    if (OnceoverError.isInstance(error) && heldBackReason(error) !== undefined) end(error);
    throw error;
  };

  const beforeFirstRequest = async () => {
    opening ??= Promise.resolve(hooks?.beforeFirstRequest?.());
    await opening.catch(end);
  };

  const admit = (template: string): Promise<Permit> =>
    // A read after the write has been answered is not held back: what came of the write would not be told.
    ports.gate.admit({ connection, template, mustGo: report.state === 'answered' });

  const transmit = async (
    request: Pick<WireRequest, 'method' | 'path' | 'query' | 'headers'> & {
      contentType: string | null;
      body: string | null;
      idempotency: RenderedWrite['idempotency'];
    },
    template: string,
    sending: { permit: Permit; accessToken?: Secret; mayStart?: (() => void) | undefined },
  ) => {
    const { method, path, query, body, contentType, idempotency } = request;
    const { target } = connection;
    const sendWith = async (accessToken: Secret, permit: Permit) => {
      const own = request.headers;
      const headers = requestHeaders({ manifest, own, contentType, idempotency, accessToken });
      ports.counters.increment('requests_sent', { ...labels, call: template });
      ports.callUse.note({ ...usePlace, call: template, refusal: null });
      const mayStart = () => {
        permit.start();
        sending.mayStart?.();
      };
      const facts = { target, method, path, query, headers, body, signal, mayStart };
      const result = await ports.egress.send(facts);
      permit.done(result);
      if (result.state !== 'answered') return result;
      const redacted = redactAnswer(redactFor(accessToken), result.answer);
      return { state: result.state, ...withholding.take(redacted, operation.withholds ?? []) };
    };
    let accessToken = sending.accessToken ?? (await ports.accessTokens.get(connection, signal));
    await sending.permit.renew();
    let sentAt = performance.now();
    let result = await sendWith(accessToken, sending.permit);
    // What was answered 401 was not done: the same bytes go again, under the same key, with another token: one that is
    // there by now, or one that is refreshed for it. The 401 to a fresh one is final.
    while (result.state === 'answered' && result.answer.status === 401) {
      const renewed = await ports.accessTokens.renew(connection, { accessToken, sentAt }, signal);
      if (renewed === undefined) break;
      ({ accessToken } = renewed);
      const permit = await admit(template);
      sentAt = performance.now();
      result = await sendWith(accessToken, permit);
      if (result.state !== 'answered' || result.answer.status !== 401 || !renewed.isFresh) continue;
      if (ports.accessTokens.noteRefused(accessToken)) break;
    }
    return result;
  };

  const read = async (request: WireRequest, template: string): Promise<Answer> => {
    const recorded = hasWrite ? undefined : reads.replay(request);
    if (recorded !== undefined) return recorded;
    const keep = hasWrite ? undefined : reads.reserve(request);
    const permit = await admit(template).catch(end);
    try {
      await beforeFirstRequest();
      const { contentType = null, body = null } = request;
      const complete = { ...request, contentType, body, idempotency: null };
      const result = await transmit(complete, template, { permit }).catch(endHeldBack);
      if (result.state !== 'answered') return endHeldBack(result.error);
      if (result.error !== undefined) throw result.error;
      keep?.(result.answer);
      return result.answer;
    } finally {
      permit.release();
    }
  };

  const newWrite = (request: WireRequest, template: CallTemplate): RenderedWrite => {
    const { origin } = connection.target;
    const { hash } = renderWrite(request, { origin, template, idempotency: null });
    const idempotency = idempotencyOf(operation, facts.effectKeys, hash);
    return renderWrite(request, { origin, template, idempotency });
  };

  const write = async (request: WireRequest, template: CallTemplate) => {
    if (hasWrite) {
      throw new ScopeError(`The operation ${operation.name} made a second write: a call makes one at most`, {
        code: 'second_write',
      });
    }
    hasWrite = true;
    const rendered =
      facts.resume === undefined ? newWrite(request, template) : resumedWrite(facts.resume.write);
    report = { state: 'withheld', write: rendered };
    if (mode === 'plan') {
      withheld.resolve();
      throw new OnceoverError('The write was rendered and withheld: this is a plan', { code: 'withheld' });
    }
    await beforeFirstRequest();
    const unsent = (error: unknown) => {
      report = { state: 'unsent', write: rendered, error: brokerErrorData(error) };
      return end(error);
    };
    // Before the write is stored: what is stored goes out without further ado, while the caller may still send it.
    const accessToken = await ports.accessTokens.get(connection, signal).catch(unsent);
    const permit = await admit(rendered.template).catch(unsent);
    let result: Awaited<ReturnType<typeof transmit>>;
    try {
      await Promise.resolve(hooks?.beforeWrite?.(rendered, reads.list())).catch(end);
      const sending = { permit, accessToken, mayStart: hooks?.mayStart };
      result = await transmit(rendered, rendered.template, sending).catch(unsent);
    } finally {
      permit.release();
    }
    switch (result.state) {
      case 'answered': {
        const { answer } = result;
        report = {
          state: 'answered',
          write: rendered,
          answer,
          replayed: isReplayed(manifest.answers, answer),
          tooFast: classifyAnswer(manifest.answers, answer, ports.clock.now()) instanceof RateLimitError,
        };
        return result.error === undefined ? answer : end(result.error);
      }
      case 'unsent':
        report = { state: 'unsent', write: rendered, error: errorToData(result.error) };
        return end(result.error);
      case 'lost': {
        const error = new OutcomeUnknownError(
          `${operation.name} was sent, and no whole answer came back: ${result.error.message}`,
          { code: result.error.code, cause: result.error },
        );
        report = { state: 'lost', write: rendered, error: brokerErrorData(error) };
        return end(error);
      }
    }
  };

  const resumedWrite = (stored: RenderedWrite): RenderedWrite => {
    try {
      return storedWrite(stored, authority, connection.target.origin);
    } catch (error) {
      return end(error);
    }
  };

  const handle = async (request: WireRequest): Promise<CallbackReply> => {
    if (isOver) throw new UpstreamError('The call is over', { code: 'call_over', retry: 'never' });
    const { kind, template } = authorizeRequest(request, authority);
    const answer = kind === 'read' ? await read(request, template) : await write(request, template);
    // Whatever the code would accept: what a 401 means is the broker's to know.
    const { message } = manifest.answers;
    const refused =
      answer.status === 401 ? classifyAnswer({ message }, answer, ports.clock.now()) : undefined;
    if (refused !== undefined) throw refused;
    return { kind: 'http', response: answer };
  };

  return {
    withheld: withheld.promise,
    async request(request) {
      const handled = handle(request).catch((error: unknown): CallbackReply => {
        const reason = OnceoverError.isInstance(error) ? heldBackReason(error) : undefined;
        if (reason !== undefined) {
          ports.counters.increment('requests_held_back', { connector: connector.id, reason });
        }
        if (OnceoverError.isInstance(error) && refusals.has(error.code)) {
          const { tenant, id } = connection.info;
          ports.counters.increment('requests_refused', { ...labels, code: error.code });
          const call = `${request.method} ${request.path}`;
          ports.callUse.note({ ...usePlace, call, refusal: error.code });
          ports.log.warn({ ...labels, tenant, connection: id, code: error.code }, error.logMessage);
        }
        return { kind: 'error', error: brokerErrorData(error) };
      });
      onItsWay.add(handled);
      try {
        return await handled;
      } finally {
        onItsWay.delete(handled);
      }
    },
    async finish() {
      isOver = true;
      await Promise.all(onItsWay);
      if (report.state !== 'none') ports.counters.increment('writes', { ...labels, state: report.state });
      return { write: report, reads: reads.list(), failure, withheld: withholding.secrets };
    },
  };
}

/** A write that an earlier attempt kept: still what it was, and still allowed. */
function storedWrite(write: RenderedWrite, authority: Authority, origin: string): RenderedWrite {
  const { hash, ...content } = write;
  if (hashOfWrite(content) !== hash) {
    throw new ConflictError('The stored write is not what its hash says: it is not sent', {
      code: 'write_altered',
    });
  }
  if (write.origin !== origin) {
    throw new ConflictError(
      `The stored write goes to ${write.origin}, the connection now to ${origin}: it is not sent`,
      { code: 'origin_changed' },
    );
  }
  const { kind } = authorizeRequest(
    {
      ...content,
      contentType: write.contentType ?? undefined,
      body: write.body ?? undefined,
    } as WireRequest, // The optional fields are undefined where the stored ones are null.
    authority,
  );
  if (kind === 'write') return write;
  throw new ScopeError('The stored write is declared as a read by the manifest now: it is not sent', {
    code: 'call_not_declared',
  });
}

const refusals = new Set([
  'call_not_declared',
  'path_unsafe',
  'scope_not_granted',
  'header_not_allowed',
  'request_malformed',
  'second_write',
  'address_refused',
]);

const redacts = new WeakMap<Secret, ReturnType<typeof createRedact>>();

function redactFor(secret: Secret): ReturnType<typeof createRedact> {
  const known = redacts.get(secret);
  if (known !== undefined) return known;
  const redact = createRedact([secret.reveal()]);
  redacts.set(secret, redact);
  return redact;
}

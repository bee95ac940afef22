import { createHash } from 'node:crypto';
import {
  type Answer,
  type CallbackReply,
  type CallTemplate,
  isReplayed,
  type Manifest,
  matchCall,
  OnceoverError,
  type OperationManifest,
  OutcomeUnknownError,
  ScopeError,
  UpstreamError,
  type WireRequest,
} from '@onceover/contract';
import { type Dispatcher, request as sendRequest } from 'undici';
import type { TestWrite } from './test-broker.ts';

/** A write as it would be kept and sent again. */
export interface RenderedCall {
  method: string;
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
  contentType?: string;
  body?: string;
  idempotency?: { header: string; key: string };
}

/** A call that was let through. */
export interface TestCall {
  template: CallTemplate;
  kind: 'read' | 'write';
  request: WireRequest;
  answer?: Answer;
}

interface GateOptions {
  manifest: Manifest;
  operation: OperationManifest;
  dispatcher: Dispatcher;
  accessToken: string;
  origin: string;
  mode: 'execute' | 'plan';
  /** A write that was rendered earlier, and the reads before it. */
  resume?: { call: RenderedCall; reads: readonly TestCall[] };
  idempotency?: { header: string; effectKeys: readonly string[] };
}

/** As the broker does: another write of the same effects has another key. */
function keyOf(effectKeys: readonly string[], { method, path, query, body = '' }: WireRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([effectKeys, method, path, query, body]))
    .digest('hex');
}

function recordedAnswer(reads: readonly TestCall[], wire: WireRequest): Answer | undefined {
  return reads.find(({ request }) => JSON.stringify(request) === JSON.stringify(wire))?.answer;
}

/** The border that the calls of one run pass, one after another. */
export class CallGate {
  readonly calls: TestCall[] = [];
  write: TestWrite = { state: 'none' };
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  async pass(wire: WireRequest): Promise<CallbackReply> {
    const { operation, mode, resume, idempotency } = this.#options;
    const writes = operation.kind === 'write' ? operation.writes : [];
    const write = matchCall(wire, writes);
    const read = write === undefined ? matchCall(wire, operation.reads) : undefined;
    const matched = write ?? read;
    if (matched === undefined) {
      throw new ScopeError(
        `${operation.name} calls ${wire.method} ${wire.path}, which its manifest does not list`,
        { code: 'undeclared_call' },
      );
    }
    this.#checkHeaders(wire);
    if (read !== undefined) {
      const answer = recordedAnswer(resume?.reads ?? [], wire) ?? (await this.#send(wire));
      this.calls.push({ template: matched.template, kind: 'read', request: wire, answer });
      return { kind: 'http', response: answer };
    }
    if (this.write.state !== 'none') {
      throw new ScopeError(`${operation.name} makes a second write in one call`, { code: 'second_write' });
    }
    const call: RenderedCall = resume?.call ?? {
      ...wire,
      ...(idempotency === undefined
        ? {}
        : { idempotency: { header: idempotency.header, key: keyOf(idempotency.effectKeys, wire) } }),
    };
    const made: TestCall = { template: matched.template, kind: 'write', request: { ...wire, ...call } };
    this.calls.push(made);
    if (mode === 'plan') {
      this.write = { state: 'withheld', call };
      throw new OnceoverError('The write is planned and withheld', { code: 'write_withheld' });
    }
    this.write = { state: 'lost', call };
    try {
      const answer = await this.#send(call);
      made.answer = answer;
      const replayed = isReplayed(this.#options.manifest.answers, answer);
      this.write = { state: 'answered', call, answer, replayed };
      return { kind: 'http', response: answer };
    } catch (error) {
      throw new OutcomeUnknownError('The write was sent and no answer came back', { cause: error });
    }
  }

  #checkHeaders(wire: WireRequest): void {
    const { operation, manifest, idempotency } = this.#options;
    const declared = new Set(operation.requestHeaders.map((name) => name.toLowerCase()));
    for (const name of Object.keys(wire.headers)) {
      const lower = name.toLowerCase();
      const isOurs =
        lower === idempotency?.header.toLowerCase() ||
        lower === manifest.auth.credential.header.toLowerCase();
      if (isOurs || !declared.has(lower)) {
        throw new ScopeError(`${operation.name} sets the header ${name}, which is not its own to set`, {
          code: 'undeclared_header',
        });
      }
    }
  }

  async #send(call: Omit<RenderedCall, 'idempotency'> & Pick<RenderedCall, 'idempotency'>): Promise<Answer> {
    const { origin, manifest, accessToken, dispatcher } = this.#options;
    const { credential } = manifest.auth;
    try {
      const { statusCode, headers, body } = await sendRequest(
        `${origin}${call.path}${call.query === '' ? '' : `?${call.query}`}`,
        {
          method: call.method,
          dispatcher,
          headers: {
            accept: 'application/json',
            ...manifest.headers,
            ...call.headers,
            ...(call.contentType === undefined ? {} : { 'content-type': call.contentType }),
            ...(call.idempotency === undefined ? {} : { [call.idempotency.header]: call.idempotency.key }),
            [credential.header]: credential.format.replaceAll('{accessToken}', accessToken),
          },
          body: call.body ?? null,
        },
      );
      return {
        status: statusCode,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [
            name.toLowerCase(),
            Array.isArray(value) ? value.join(', ') : (value ?? ''),
          ]),
        ),
        body: await body.text(),
      };
    } catch (error) {
      throw new UpstreamError('No answer came back', { code: 'no_answer', cause: error });
    }
  }
}

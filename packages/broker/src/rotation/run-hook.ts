import {
  AuthenticationError,
  type CallbackReply,
  classifyAnswer,
  type ConnectorReply,
  ConfigurationError,
  errorFromData,
  type JsonValue,
  OnceoverError,
  type RotationHooks,
  ScopeError,
  type SecretFact,
  type SecretPart,
  type SecretRotationManifest,
  UpstreamError,
  type WireRequest,
  type WriteManifest,
} from '@onceover/contract';
import { brokerErrorData } from '../broker-error-data.ts';
import { authorizeRequest, type Authority } from '../calls/authorize-request.ts';
import { requestHeaders } from '../calls/request-headers.ts';
import { createWithholding } from '../calls/withhold-secrets.ts';
import { createRedact, redactAnswer } from '../egress/redact.ts';
import { parseCallback, parseReply } from '../hosts/message-schemas.ts';
import type { Permit } from '../rate/call-gate.ts';
import { Secret } from '../secret.ts';
import { type HookCredential, hookCredential, type SecretValues } from './hook-credential.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { SecretHolder } from './secret-holder.ts';
import { putSecret } from './put-secret.ts';

export interface HookCall {
  hook: keyof RotationHooks;
  fact: SecretFact;
  version: number;
  as: SecretPart;
  reference: string;
  vendorSecretId: string | null;
  values: SecretValues;
  signal: AbortSignal;
  /** At each request's start: what it throws ends the call unsent. */
  mayStart?: () => void;
}

export interface HookResult {
  reply: HookReply | { error: OnceoverError };
  /** The secret that an answer held where the manifest says so: the last one that came. */
  withheld: Secret | undefined;
  /** What the vendor itself said about the credential, whatever the code makes of it. */
  seen: {
    /** Some request was answered 2xx. */
    accepted: boolean;
    /** Some request was refused: 401, or a 403 that does not say “too fast”. */
    refused: boolean;
  };
}

export type HookReply = Extract<ConnectorReply, { kind: 'rotated' }>;

/** A hook may ask this often: what it does is a few calls. */
const maxRequests = 25;

/** What the hook told. @throws what it failed with */
export function replyOf({ reply }: HookResult): HookReply {
  if ('error' in reply) throw reply.error;
  return reply;
}

export function hasHook({ connector }: SecretHolder, secret: string, hook: keyof RotationHooks): boolean {
  return rotationOf(connector.manifest.rotation, secret)?.hooks.includes(hook) === true;
}

function rotationOf(rotation: Record<string, SecretRotationManifest>, secret: string) {
  return Object.hasOwn(rotation, secret) ? rotation[secret] : undefined;
}

/**
 * Runs a hook in the connector's host. Its requests are held to the rotation's calls and scopes; secrets are put into
 * them and taken out of answers here. What the hook fails with is in the result.
 * @throws {ConfigurationError} `no_rotation` when there is no way to run it
 */
export async function runHook(
  holder: SecretHolder,
  call: HookCall,
  ports: RotationPorts,
): Promise<HookResult> {
  const { connector, secrets } = holder;
  const rotation = rotationOf(connector.manifest.rotation, call.fact.name);
  const { target } = holder;
  if (rotation === undefined || target === undefined) {
    throw new ConfigurationError(
      `The secret ${call.fact.name} of the ${secrets.kind} "${secrets.id}" cannot be rotated by API: ${rotation === undefined ? 'the connector has no hooks for it' : 'no connection tells the vendor’s host yet'}`,
      { code: 'no_rotation' },
    );
  }
  const session = createHookSession({ holder, call, rotation, target }, ports);
  const ask = async () => {
    const host = ports.hosts.connector(secrets.tenant, connector);
    const credential = await hookCredential(holder, call, ports, call.signal);
    const answer = await host.request(messageOf(holder, call), session.answering(credential), call.signal);
    const reply = parseReply(answer);
    if (reply.kind === 'error') throw errorFromData(reply.error);
    if (reply.kind !== 'rotated') throw wrongReply(connector.id);
    return reply;
  };
  const reply = await ask().catch((cause: unknown) => ({ error: typed(cause) }));
  return { reply, withheld: session.withheld(), seen: session.seen };
}

function typed(cause: unknown): OnceoverError {
  if (OnceoverError.isInstance(cause)) return cause;
  return new UpstreamError('A rotation hook failed', { code: 'rotation_hook', cause });
}

function messageOf(
  { secrets, connection, registration, subscription }: SecretHolder,
  call: HookCall,
): JsonValue {
  const { hook, fact, version, reference, as, vendorSecretId } = call;
  const context = {
    secret: fact.name,
    version,
    reference,
    as,
    subscription,
    ...(vendorSecretId === null ? {} : { vendorSecretId }),
    connection:
      secrets.kind === 'connection' && connection !== undefined
        ? {
            id: connection.info.id,
            account: connection.info.account,
            variables: { ...connection.info.variables },
          }
        : null,
    registration:
      registration === undefined ? null : { clientId: registration.clientId, appId: registration.appId },
  };
  return { kind: 'rotate', hook, context };
}

function createHookSession(
  facts: {
    holder: SecretHolder;
    call: HookCall;
    rotation: SecretRotationManifest;
    target: NonNullable<SecretHolder['target']>;
  },
  ports: RotationPorts,
) {
  const { holder, call, rotation, target } = facts;
  const { manifest, id, version } = holder.connector;
  const authority = authorityOf(holder, call.fact, rotation);
  const seen: HookResult['seen'] = { accepted: false, refused: false };
  const withholding = createWithholding();
  let requests = 0;

  /** A connection's calls keep its pace, whoever makes them; a registration’s are counted nowhere. */
  const admit = async (template: string): Promise<Permit | undefined> => {
    const { connection, secrets } = holder;
    if (secrets.kind !== 'connection' || connection === undefined) return undefined;
    return ports.gate.admit({ connection, template, mustGo: false });
  };

  const send = async (
    request: WireRequest,
    body: string | null,
    template: string,
    credential: HookCredential,
  ) => {
    const { method, path, query, contentType = null } = request;
    const [accessToken = new Secret('')] = credential.secrets;
    const headers = requestHeaders({
      manifest,
      own: request.headers,
      contentType,
      idempotency: null,
      accessToken,
    });
    // A client's own credential is another header than a connection's.
    delete headers[manifest.auth.credential.header.toLowerCase()];
    headers[credential.header.toLowerCase()] = credential.value;
    const { signal } = call;
    const permit = await admit(template);
    const mayStart = () => {
      permit?.start();
      call.mayStart?.();
    };
    try {
      const facts = { target, method, path, query, headers, body, signal, mayStart };
      const result = await ports.egress.send(facts);
      permit?.done(result);
      if (result.state !== 'answered') throw result.error;
      return result.answer;
    } finally {
      permit?.release();
    }
  };

  const handle = async (request: WireRequest, given: HookCredential): Promise<CallbackReply> => {
    requests += 1;
    if (requests > maxRequests) {
      throw new ScopeError(`A rotation hook may make ${maxRequests} requests`, { code: 'too_many_requests' });
    }
    const { template } = authorizeRequest(request, authority);
    const { pending } = call.values;
    const body = bodyOf(request, template, rotation, pending);
    ports.callUse.note({
      tenant: holder.secrets.tenant,
      connection: holder.connection?.info.id ?? holder.secrets.id,
      connector: id,
      connectorVersion: version,
      operation: authority.operation.name,
      call: template,
      refusal: null,
    });
    let credential = given;
    const sentAt = performance.now();
    let answer = await send(request, body, template, credential);
    const { accessToken } = credential;
    if (answer.status === 401 && accessToken !== undefined && holder.connection !== undefined) {
      const rejected = { accessToken, sentAt };
      const renewed = await ports.accessTokens.renew(holder.connection, rejected, call.signal);
      if (renewed !== undefined) {
        credential = await hookCredential(holder, call, ports, call.signal);
        answer = await send(request, body, template, credential);
      }
    }
    if (answer.status >= 200 && answer.status < 300) seen.accepted = true;
    const failure = classifyAnswer(manifest.answers, answer, ports.clock.now());
    if (failure instanceof AuthenticationError || failure instanceof ScopeError) seen.refused = true;
    const places = rotation.withholds
      .filter((one) => one.call === template)
      .map(({ pointer }) => ({ pointer, secret: call.fact.name }));
    const taken = withholding.take(answer, places);
    if (taken.error !== undefined) throw taken.error;
    const hidden = [...credential.secrets, ...Object.values(call.values)].map((one) => one.reveal());
    return { kind: 'http', response: redactAnswer(createRedact(hidden), taken.answer) };
  };

  return {
    seen,
    withheld: () => withholding.secrets.at(-1)?.value,
    answering:
      (credential: HookCredential) =>
      async (text: JsonValue): Promise<JsonValue> => {
        const answer = async () => {
          const callback = parseCallback(text);
          if (callback.kind === 'http') return handle(callback.request, credential);
          throw new ScopeError('A rotation hook has no links', { code: 'call_not_declared' });
        };
        const reply = await answer().catch(
          (error: unknown): CallbackReply => ({ kind: 'error', error: brokerErrorData(error) }),
        );
        // Plain data; its optional fields fall away in the codec.
        return reply as unknown as JsonValue;
      },
  };
}

/** The request's body, with the secret where both the hook and the manifest say so. */
function bodyOf(
  { body, contentType, place }: WireRequest,
  template: string,
  { placed }: SecretRotationManifest,
  pending: Secret | undefined,
): string | null {
  if (place === undefined) return body ?? null;
  const isDeclared = placed.some((one) => one.call === template && one.pointer === place);
  if (!isDeclared || pending === undefined || body === undefined) {
    throw new ScopeError(
      `The secret may not be put at ${place} of ${template}: the manifest's "placed" does not say so, or there is none yet`,
      { code: 'place_not_declared' },
    );
  }
  return putSecret({ body, contentType }, place, pending.reveal());
}

/** What the hooks of a secret may do, in the words of an operation. */
function authorityOf(
  { connector, connection, secrets }: SecretHolder,
  { name }: SecretFact,
  { reads, writes, scopes }: SecretRotationManifest,
): Authority {
  const operation: WriteManifest = {
    kind: 'write',
    name: `rotation.${name}`,
    summary: `Rotates ${name}`,
    scopes,
    reads,
    writes,
    requestHeaders: [],
    source: connector.manifest.auth.source,
    timeoutMs: 30_000,
    impact: 'write',
    reach: 1,
    resource: name,
    naturalKey: [],
    guarantee: { kind: 'none' },
    batch: { max: 1 },
    record: {},
  };
  const grantedScopes = secrets.kind === 'connection' ? (connection?.grantedScopes ?? null) : null;
  return { manifest: connector.manifest, operation, grantedScopes, mayWrite: true };
}

function wrongReply(connector: string): UpstreamError {
  return new UpstreamError(`The connector ${connector} answered a rotation hook with something else`, {
    code: 'host_reply',
    retry: 'never',
  });
}

import {
  type CallTemplate,
  type Manifest,
  matchCall,
  type OperationManifest,
  ScopeError,
  unsafePathReason,
  type WireRequest,
} from '@onceover/contract';

/** What a request is, by the manifest. */
export interface AuthorizedRequest {
  kind: 'read' | 'write';
  template: CallTemplate;
}

/** The facts that a request is held against. */
export interface Authority {
  manifest: Manifest;
  operation: OperationManifest;
  /** Null: the vendor has not told what it granted. */
  grantedScopes: readonly string[] | null;
  /** False for a look-up, which reads alone. */
  mayWrite: boolean;
}

/**
 * Decides whether connector code may make a request, before anything is opened.
 * @throws {ScopeError} `call_not_declared`, `path_unsafe`, `scope_not_granted`, `header_not_allowed`,
 *   `request_malformed`
 */
export function authorizeRequest(request: WireRequest, authority: Authority): AuthorizedRequest {
  const { manifest, operation, grantedScopes, mayWrite } = authority;
  const unsafe = unsafePathReason(request.path);
  if (unsafe !== undefined) {
    throw new ScopeError(`The operation ${operation.name} asked for a path that is not sent: ${unsafe}`, {
      code: 'path_unsafe',
    });
  }
  const found = matchDeclared(request, operation);
  if (found === undefined || (found.kind === 'write' && !mayWrite)) {
    throw new ScopeError(
      `${request.method} ${request.path} is not among the ${mayWrite ? 'calls' : 'reads'} of ${operation.name} in the manifest of ${manifest.id}`,
      { code: 'call_not_declared', required: operation.scopes, granted: grantedScopes ?? [] },
    );
  }
  const missing =
    grantedScopes === null ? [] : operation.scopes.filter((scope) => !grantedScopes.includes(scope));
  if (missing.length > 0) {
    throw new ScopeError(
      `${operation.name} needs the scope ${missing.join(', ')}, which the vendor has not granted. Connect it again with that scope.`,
      { code: 'scope_not_granted', required: operation.scopes, granted: grantedScopes ?? [] },
    );
  }
  checkQuery(request, operation);
  checkHeaders(request, authority);
  checkBody(request, operation);
  return found;
}

/** The template with the fewest names wins, `POST /search` before `POST /{id}`; a write before an equal read. */
function matchDeclared(request: WireRequest, operation: OperationManifest): AuthorizedRequest | undefined {
  const read = matchCall(request, operation.reads);
  const write = operation.kind === 'write' ? matchCall(request, operation.writes) : undefined;
  if (write === undefined) return read && { kind: 'read', template: read.template };
  const isReadCloser =
    read !== undefined && Object.keys(read.parameters).length < Object.keys(write.parameters).length;
  return isReadCloser
    ? { kind: 'read', template: read.template }
    : { kind: 'write', template: write.template };
}

function checkQuery({ query }: WireRequest, operation: OperationManifest): void {
  if (/^[A-Za-z0-9._~!$'()*+,;:@/?&=%-]*$/.test(query) && !/%(?![0-9A-Fa-f]{2})/.test(query)) return;
  throw malformed(operation, 'its query is not encoded');
}

/** Names that carry the message itself, a credential, or a route: never an operation's to set. */
const reserved =
  /^(?:host|authorization|cookie|content-length|content-type|content-encoding|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|accept-encoding|forwarded|via|origin|referer|user-agent|proxy-.*|sec-.*|x-forwarded-.*|x-real-ip|x-http-method.*|x-method-override|x-original-url|x-rewrite-url)$/;

function checkHeaders({ headers }: WireRequest, { manifest, operation }: Authority): void {
  const allowed = new Set(operation.requestHeaders.map((name) => name.toLowerCase()));
  const guarantee = operation.kind === 'write' ? operation.guarantee : undefined;
  if (guarantee?.kind === 'conditional') allowed.add(guarantee.header.toLowerCase());
  const ours = new Set([manifest.auth.credential.header, ...Object.keys(manifest.headers)].map(lower));
  if (guarantee?.kind === 'idempotencyKey') ours.add(lower(guarantee.header));
  const seen = new Set<string>();
  for (const [given, value] of Object.entries(headers)) {
    const name = lower(given);
    if (
      !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) ||
      reserved.test(name) ||
      ours.has(name) ||
      !allowed.has(name)
    ) {
      throw new ScopeError(
        `The operation ${operation.name} may not set the header ${JSON.stringify(given.slice(0, 80))}: its "requestHeaders" do not name it, or it is the broker's`,
        { code: 'header_not_allowed' },
      );
    }
    if (seen.has(name)) throw malformed(operation, 'it names a header twice');
    seen.add(name);
    if (value.length > 8192 || !/^[\x20-\x7e]*$/.test(value)) {
      throw malformed(operation, `the value of the header ${name} holds other than printable characters`);
    }
  }
}

function checkBody({ method, body, contentType }: WireRequest, operation: OperationManifest): void {
  if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw malformed(operation, `a ${method} has no body`);
  }
  if ((body === undefined) !== (contentType === undefined)) {
    throw malformed(operation, 'a body and its content type come together');
  }
  if (contentType !== undefined && !/^[a-z]+\/[a-z0-9.+-]+(?:; ?charset=utf-8)?$/i.test(contentType)) {
    throw malformed(operation, 'its content type is none');
  }
}

function malformed(operation: OperationManifest, reason: string): ScopeError {
  return new ScopeError(`The operation ${operation.name} made a request that is not sent: ${reason}`, {
    code: 'request_malformed',
  });
}

function lower(name: string): string {
  return name.toLowerCase();
}

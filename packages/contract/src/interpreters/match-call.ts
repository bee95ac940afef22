/** Which call of a manifest a request is. The broker and the conformance suite run this same code. */

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** `'POST /crm/objects/2026-03/contacts/batch/upsert'`, `'GET /v1/customers/{id}'`: a name stands for one segment. */
export type CallTemplate = `${HttpMethod} /${string}`;

const templatePattern =
  /^(GET|HEAD|POST|PUT|PATCH|DELETE) (\/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|\{[A-Za-z][A-Za-z0-9]*\}|\/)*)$/;

export function isCallTemplate(text: string): text is CallTemplate {
  const path = templatePattern.exec(text)?.[2];
  if (path === undefined || path.includes('//')) return false;
  if (path.split('/').some((segment) => /^\.{1,2}(;|$)/.test(segment))) return false;
  const names = path.match(/\{[^}]+\}/g) ?? [];
  return new Set(names).size === names.length;
}

/**
 * Why a path may not be sent at all; undefined when it is safe. Only plain absolute paths pass: what a server
 * could read as another path (dot segments, encoded slashes or dots, backslashes, empty segments) is refused.
 */
export function unsafePathReason(path: string): string | undefined {
  if (!path.startsWith('/')) return 'a path starts with /';
  if (/[?#]/.test(path)) return 'a path holds no query and no fragment; pass the query separately';
  if (!/^[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$/.test(path))
    return 'a path holds only URL characters; encode others';
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return 'a percent sign starts an escape';
  if (/%(2f|5c|2e|25|[01][0-9a-f]|7f)/i.test(path))
    return 'a path holds no encoded slash, backslash, dot, percent or control';
  if (!isUtf8(path)) return 'the escapes of a path are UTF-8';
  if (path.includes('//')) return 'a path holds no empty segment';
  // Some servers cut `;parameters` off before they resolve dots.
  if (path.split('/').some((segment) => /^\.{1,2}(;|$)/.test(segment))) return 'a path holds no dot segment';
  return undefined;
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

export interface MatchedCall {
  template: CallTemplate;
  /** Decoded values of the template's names. */
  parameters: Readonly<Record<string, string>>;
}

interface CompiledTemplate {
  method: string;
  names: readonly string[];
  pattern: RegExp;
}

const compiled = new Map<string, CompiledTemplate>();

function compile(template: CallTemplate): CompiledTemplate {
  const known = compiled.get(template);
  if (known !== undefined) return known;
  const space = template.indexOf(' ');
  const names: string[] = [];
  const source = template
    .slice(space + 1)
    .split(/(\{[^}]+\})/)
    .map((part) => {
      if (!part.startsWith('{')) return part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
      names.push(part.slice(1, -1));
      return '([^/]+)';
    })
    .join('');
  const result = { method: template.slice(0, space), names, pattern: new RegExp(`^${source}$`) };
  if (compiled.size < 10_000) compiled.set(template, result);
  return result;
}

/** The first template that the request matches, or undefined. An unsafe path matches nothing. */
export function matchCall(
  request: { method: string; path: string },
  templates: readonly CallTemplate[],
): MatchedCall | undefined {
  if (unsafePathReason(request.path) !== undefined) return undefined;
  for (const template of templates) {
    const { method, names, pattern } = compile(template);
    if (method !== request.method) continue;
    const found = pattern.exec(request.path);
    if (found === null) continue;
    const parameters = Object.fromEntries(
      names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]),
    );
    return { template, parameters };
  }
  return undefined;
}

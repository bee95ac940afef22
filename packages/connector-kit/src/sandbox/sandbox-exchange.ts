import type { JsonValue } from '@onceover/contract';

/** A request as a sandbox sees it. */
export interface SandboxRequest {
  method: string;
  path: string;
  /** Encoded, without `?`; empty when there is none. */
  query: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What a sandbox answers. A header that occurs more than once is listed more than once. */
export interface SandboxAnswer {
  status: number;
  headers: readonly (readonly [name: string, value: string])[];
  body: string;
}

export interface SandboxExchange {
  request: SandboxRequest;
  answer: SandboxAnswer;
}

/** The answer's connection breaks: before the vendor did anything, or after the effect and before its answer. */
export class DroppedAnswerError extends Error {
  override readonly name = 'DroppedAnswerError';
  readonly code = 'ECONNRESET';
}

/** No handler of the sandbox knows the request: a fake never guesses. */
export class UnhandledRequestError extends Error {
  override readonly name = 'UnhandledRequestError';
  constructor(request: { method: string; path: string }) {
    super(`No sandbox handler answers ${request.method} ${request.path}`);
  }
}

/** JSON as an answer. */
export function jsonAnswer(
  status: number,
  body: JsonValue,
  headers: Readonly<Record<string, string>> = {},
): SandboxAnswer {
  return {
    status,
    headers: [['content-type', 'application/json;charset=utf-8'], ...Object.entries(headers)],
    body: JSON.stringify(body),
  };
}

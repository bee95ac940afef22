import type { ProblemBody } from '../http/problem.ts';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; fails the test when it is none. */
  json: unknown;
}

/** One request, its answer read. Redirects are an answer. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text) as unknown;
    },
  };
}

/** The answer's problem; fails the test when it is none, or not a whole one. */
export function problemOf({ status, headers, text }: Answer): ProblemBody {
  const type = headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json')) throw new Error(`${status} ${type}: ${text}`);
  const body = JSON.parse(text) as ProblemBody;
  const isWhole = body.type === `urn:onceover:problem:${body.code}` && body.status === status;
  if (!isWhole || body.title === '' || body.detail === '') throw new Error(`Not a whole problem: ${text}`);
  return body;
}

import type { Environment } from '../environment.ts';
import type { ProblemBody } from '../http/problem.ts';
import { UnreachableError } from './exit.ts';

/** Speaks to a runner over HTTP with ONCEOVER_URL and ONCEOVER_API_KEY. */
export interface RunnerClient {
  get(path: string): Promise<unknown>;
  post(path: string, body: string, contentType: string): Promise<unknown>;
}

export function createRunnerClient(environment: Environment, tenant: string): RunnerClient {
  const headers = {
    'onceover-tenant': tenant,
    ...(environment.apiKey === undefined ? {} : { authorization: `Bearer ${environment.apiKey}` }),
  };
  return {
    get: (path) => call(environment.url + path, { headers }),
    post: (path, body, contentType) =>
      call(environment.url + path, {
        method: 'POST',
        body,
        headers: { ...headers, 'content-type': contentType },
      }),
  };
}

async function call(url: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    throw new UnreachableError(
      `No runner answers at ${new URL(url).origin}. Start one with \`onceover start\`, or set ONCEOVER_URL.`,
      { cause: error },
    );
  }
  const text = await response.text();
  if (response.ok) return text === '' ? undefined : JSON.parse(text);
  throw new RefusedError(response.status, text);
}

/** The runner answered with a problem. */
export class RefusedError extends Error {
  constructor(status: number, body: string) {
    super(describe(status, body));
  }
}

function describe(status: number, body: string): string {
  try {
    const problem: Partial<ProblemBody> = JSON.parse(body);
    const errors = (problem.errors ?? []).map(({ pointer, detail }) => `\n  ${pointer}: ${detail}`).join('');
    return `${status} ${problem.title ?? ''}: ${problem.detail ?? ''}${errors}`;
  } catch {
    return `The runner answered ${status}.`;
  }
}

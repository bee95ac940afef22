import { AnswerDispatcher, TestBroker, type TestResult } from '@onceover/connector-kit/testing';
import type { JsonValue } from '@onceover/contract';
import { zendesk } from '../zendesk-connector.ts';

/** An answer of Zendesk's, word for word. */
export interface CannedAnswer {
  status?: number;
  body: JsonValue;
}

/** A broker before a Zendesk that gives these answers, one a request; more requests are an error. */
export function cannedBroker(...answers: readonly CannedAnswer[]): TestBroker {
  const left = [...answers];
  return new TestBroker({
    connector: zendesk,
    dispatcher: new AnswerDispatcher(async ({ method, path }) => {
      const answer = left.shift();
      if (answer === undefined) throw new Error(`There is no answer to ${method} ${path}`);
      const { status = 200, body } = answer;
      return { status, headers: [['content-type', 'application/json']], body: JSON.stringify(body) };
    }),
    accessToken: 'token-of-a-test',
    variables: { subdomain: 'acme' },
  });
}

/** Calls as `METHOD /path?query`. */
export function callsOf({ calls }: Pick<TestResult, 'calls'>): string[] {
  return calls.map(
    ({ request: { method, path, query } }) => `${method} ${path}${query === '' ? '' : `?${query}`}`,
  );
}

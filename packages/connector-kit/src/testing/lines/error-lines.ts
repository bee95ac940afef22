import { longestRetryAfterMs, readPointerText } from '@onceover/contract';
import { expect } from 'vitest';
import type { FaultInput } from '../../sandbox/index.ts';
import type { Prepare } from '../conformance-options.ts';
import type { TestRun } from '../test-broker.ts';
import { createWorld, type World } from '../world.ts';
import { expectContract } from './expectations.ts';
import { type Line, readsOf, type Subject, writesOf } from './line.ts';
import { patternOf } from './write-facts.ts';

const classes: Readonly<Record<number, string>> = {
  400: 'ValidationError',
  401: 'AuthenticationError',
  403: 'ScopeError',
  404: 'NotFoundError',
  409: 'ConflictError',
  410: 'NotFoundError',
  422: 'ValidationError',
  429: 'RateLimitError',
  500: 'UpstreamError',
  502: 'UpstreamError',
  503: 'UpstreamError',
};

/** Retry-After as vendors write it; `later` leaves the delay to the host. */
const retryAfter: readonly (readonly [
  name: string,
  header: string | null | (() => string),
  afterMs: (ms: number | 'later') => void,
])[] = [
  ['seconds', '7', (ms) => expect(ms).toBe(7000)],
  [
    'a date',
    // At the time of the test: a suite may be loaded long before it runs.
    () => new Date(Date.now() + 120_000).toUTCString(),
    (ms) => expect(ms === 'later' ? 0 : ms).toBeGreaterThan(60_000),
  ],
  ['an absurd number of seconds', '99999999', (ms) => expect(ms).toBe(longestRetryAfterMs)],
  ['nonsense', 'soon', expectSane],
  ['no header', null, expectSane],
];

function expectSane(ms: number | 'later'): void {
  if (ms !== 'later') expect(ms).toBeLessThanOrEqual(longestRetryAfterMs);
}

/** Each call of each operation, met by each kind of refusal with the vendor's own body. */
export function errorLines<State>(subject: Subject<State>): Line[] {
  return storiesOf(subject).flatMap((story) => [
    ...Object.entries(classes).map(([status, expected]): Line => {
      return {
        about: story.operation,
        name: `${status} is ${expected}, in the vendor’s own words`,
        async run() {
          for (const template of story.templates) {
            const world = await createWorld(subject.connector, subject.options, story.prepare);
            const accepted = (story.accepted[template] ?? []).includes(Number(status));
            await meet(world, story, template, { status: Number(status) }, (error) => {
              if (accepted) return;
              if (error === undefined) expect.fail(`${template}: ${status} was taken for success`);
              expect(error.class, template).toBe(limitedClass(subject, Number(status), expected));
              expect(error.message, template).toMatch(/: \S/);
            });
          }
        },
      };
    }),
    ...retryAfter.map(([name, header, check]): Line => {
      return {
        about: story.operation,
        name: `429 with Retry-After as ${name} says when to come back`,
        async run() {
          for (const template of story.templates) {
            const world = await createWorld(subject.connector, subject.options, story.prepare);
            const fault = {
              status: 429,
              headers: { 'retry-after': typeof header === 'function' ? header() : header },
            };
            await meet(world, story, template, fault, (error) => {
              expect(error?.class, template).toBe('RateLimitError');
              const retry = error?.retry;
              check(typeof retry === 'object' ? retry.afterMs : 'later');
              expect(retry).not.toBe('never');
            });
          }
        },
      };
    }),
  ]);
}

interface Story<State> {
  operation: string;
  templates: readonly string[];
  run: TestRun;
  prepare: Prepare<State> | undefined;
  /** The run was made once before, so that what it knows then takes its other way. */
  isRepeat: boolean;
  accepted: Readonly<Record<string, readonly number[]>>;
}

/** One run for each set of calls that an operation makes. */
function storiesOf<State>(subject: Subject<State>): Story<State>[] {
  return [
    ...writesOf(subject).flatMap(({ operation, sample }) =>
      [false, true].map((isRepeat) => ({
        operation: `${operation.name}${isRepeat ? ': once more' : ''}`,
        templates: [...operation.reads, ...operation.writes],
        run: { records: sample.records, event: isRepeat ? 'event-2' : 'event-1' },
        prepare: sample.prepare,
        isRepeat,
        accepted: sample.accepted ?? {},
      })),
    ),
    ...readsOf(subject).flatMap(({ operation, sample }) =>
      sample.cases.map((one) => ({
        operation: `${operation.name}: ${one.name}`,
        templates: operation.reads,
        run: { input: one.input },
        prepare: one.prepare,
        isRepeat: false,
        accepted: sample.accepted ?? {},
      })),
    ),
  ];
}

type SeenError = { class: string; message: string; retry: 'never' | 'later' | { readonly afterMs: number } };

/** Runs the story with a fault on one of its calls; judges the error only when the story made that call. */
async function meet<State>(
  world: World<State>,
  story: Story<State>,
  template: string,
  fault: Omit<FaultInput, 'match'>,
  judge: (error: SeenError | undefined) => void,
): Promise<void> {
  const [name = ''] = story.operation.split(':');
  if (story.isRepeat) {
    await world.broker.run(name, { ...story.run, event: 'event-1' });
    world.clock.advance(3600);
  }
  world.sandbox.faults.add({ match: patternOf(template), ...fault });
  const result = await world.broker.run(name, { ...story.run, replan: false });
  if (world.sandbox.faults.pending().length > 0) return;
  expectContract(world);
  if (result.reply.kind === 'error') return judge(result.reply.error);
  if (result.reply.kind === 'written') {
    for (const outcome of result.reply.outcomes) {
      judge(outcome.outcome === 'failed' ? outcome.error : undefined);
    }
    return;
  }
  judge(undefined);
}

/** A vendor may say "too fast" with another status. */
function limitedClass<State>({ connector, options }: Subject<State>, status: number, usual: string): string {
  const rules = connector.manifest.answers.rateLimited ?? [];
  const request = { method: 'GET', path: '/', query: '', headers: {}, body: '' };
  const body: unknown = JSON.parse(options.sandbox.failure({ status, request }).body);
  const isLimit = rules.some(
    (rule) =>
      rule.status === status &&
      (rule.pointer === undefined || readPointerText(body, rule.pointer) === rule.equals),
  );
  return isLimit ? 'RateLimitError' : usual;
}

import { ConfigurationError, type DomainWrite, type Money } from '@onceover/contract';
import type { FlowEvent } from '../flows/flow.ts';

/** What a policy decides about one write. */
export type Decision =
  | { readonly kind: 'allow' }
  /** A human decides, in a role, before it expires. */
  | { readonly kind: 'ask'; readonly role: string; readonly expiresIn: { readonly hours: number } }
  | { readonly kind: 'deny'; readonly reason: string };

export const allow = (): Decision => ({ kind: 'allow' });
export const ask = (options: { role: string; expiresIn: { hours: number } }): Decision => ({
  kind: 'ask',
  ...options,
});
export const deny = (reason: string): Decision => ({ kind: 'deny', reason });

/** A number about the past that a rule may look at, as data: the runtime knows the past, a policy does not. */
export interface Aggregate<Value> {
  readonly kind: 'sum' | 'count';
  readonly of: string;
  readonly field?: string;
  readonly by: string;
  readonly within: { readonly hours: number };
  /** For the types alone. */
  readonly value?: Value;
}

/** The sum of a money field over earlier effects that share a field's value with this one. */
export function sumOf<Record_>(
  field: keyof NoInfer<Record_> & string,
  options: { of: DomainWrite<Record_>; by: keyof NoInfer<Record_> & string; within: { hours: number } },
): Aggregate<Money> {
  return { kind: 'sum', field, of: options.of.name, by: options.by, within: options.within };
}

/** How many earlier effects share a field's value with this one. */
export function countOf<Record_>(options: {
  of: DomainWrite<Record_>;
  by: keyof NoInfer<Record_> & string;
  within: { hours: number };
}): Aggregate<number> {
  return { kind: 'count', of: options.of.name, by: options.by, within: options.within };
}

type Aggregates = Readonly<Record<string, Aggregate<unknown>>>;

/** What a rule sees: the record about to be written, the event, and the declared context. */
export interface RuleContext<Record_, Context extends Aggregates> {
  readonly input: Record_;
  readonly event: FlowEvent;
  readonly context: { readonly [Name in keyof Context]: NonNullable<Context[Name]['value']> };
}

/** A named condition and what is decided when it holds. */
export interface Rule<Record_, Context extends Aggregates> {
  readonly name: string;
  readonly applies: (seen: RuleContext<Record_, Context>) => boolean;
  readonly decision: Decision;
}

/** Makes a rule of the policy at hand: `rule('large refund', ({ input }) => …, ask({ … }))`. */
export type MakeRule<Record_, Context extends Aggregates> = (
  name: string,
  applies: Rule<Record_, Context>['applies'],
  decision: Decision,
) => Rule<Record_, Context>;

/** One line of a policy's table: a write and the decision that is expected. */
export interface PolicyCase<Record_, Context extends Aggregates> {
  readonly name: string;
  readonly given: RuleContext<Record_, Context>;
  readonly expect: { readonly decision: Decision['kind']; readonly rule?: string };
}

const policyMark = Symbol.for('onceover.policy');

/** A policy whose types nobody needs to know. */
export interface AnyPolicy {
  readonly [policyMark]: true;
  readonly id: string;
  readonly version: number;
  readonly on: DomainWrite;
  readonly rules: readonly { readonly name: string; readonly decision: Decision }[];
}

/** Pure functions over a write, in order; the first rule that applies decides. */
export interface Policy<Record_, Context extends Aggregates> extends Omit<AnyPolicy, 'on' | 'rules'> {
  readonly on: DomainWrite<Record_>;
  readonly context: Context;
  readonly rules: readonly Rule<Record_, Context>[];
  readonly cases: readonly PolicyCase<Record_, Context>[];
}

/**
 * Declares a policy. Flows do not decide: a policy does, for every write of its operation.
 * @throws {ConfigurationError} that names the policy and the field
 */
export function definePolicy<
  Record_,
  const Context extends Aggregates = Readonly<Record<never, never>>,
>(definition: {
  /** Lower case letters, digits and hyphens; unique in the environment. */
  id: string;
  /** Raise it with each change: an approval is bound to the version that asked for it. */
  version: number;
  on: DomainWrite<Record_>;
  /** What the rules need to know of the past. */
  context?: Context;
  rules: (rule: MakeRule<Record_, Context>) => readonly Rule<Record_, Context>[];
  cases?: readonly PolicyCase<Record_, Context>[];
}): Policy<Record_, Context> {
  const { id, version, on } = definition;
  const refuse = (field: string, message: string) => {
    throw new ConfigurationError(`Policy ${id}: ${field}: ${message}`, { path: `/${field}` });
  };
  if (!/^[a-z0-9-]{1,64}$/.test(id))
    refuse('id', 'must be lower case letters, digits and hyphens, 64 at most');
  if (!Number.isInteger(version) || version < 1) refuse('version', 'must be 1 or more');
  if (on?.kind !== 'write') refuse('on', 'must be an operation that writes');
  const rules = definition.rules((name, applies, decision) => Object.freeze({ name, applies, decision }));
  if (rules.length === 0) refuse('rules', 'a policy has at least one rule');
  const names = rules.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse('rules', `"${twice}" is used twice`);
  return Object.freeze({
    [policyMark]: true as const,
    id,
    version,
    on,
    // The default type of Context is the empty object.
    context: definition.context ?? ({} as Context),
    rules,
    cases: definition.cases ?? [],
  });
}

export function isPolicy(value: unknown): value is AnyPolicy {
  return typeof value === 'object' && value !== null && policyMark in value;
}

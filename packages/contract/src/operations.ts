import type { z } from 'zod';
import { ConfigurationError } from './errors.ts';
import { type Guarantee, lookupOf } from './guarantees.ts';
import type { CallTemplate } from './interpreters/match-call.ts';
import type { Impact, Reach } from './manifest.ts';
import type { NaturalKeyPart } from './natural-key.ts';
import type { KeyedRecord, OperationContext } from './operation-context.ts';
import type { RecordOutcome } from './outcomes.ts';

/** A read that connectors of one domain share. */
export interface DomainRead<Input = unknown, Output = unknown> {
  readonly kind: 'read';
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
}

/** A write that connectors of one domain share. */
export interface DomainWrite<Record_ = unknown> {
  readonly kind: 'write';
  readonly name: string;
  readonly summary: string;
  readonly resource: string;
  readonly record: z.ZodType<Record_>;
  readonly naturalKey: readonly NaturalKeyPart[];
  readonly impact: Exclude<Impact, 'read'>;
  readonly reach: Reach;
}

export type DomainOperation = DomainRead | DomainWrite;

/** What a flow's step passes to an operation, besides the connection. */
export type StepInput<Operation> =
  Operation extends DomainWrite<infer Record_>
    ? { records: readonly Record_[] }
    : Operation extends DomainRead<infer Input, unknown>
      ? { input: Input }
      : never;

/** One applied effect, as later steps see it. */
export interface AppliedEffect {
  naturalKey: string;
  outcome: 'created' | 'updated' | 'unchanged';
  vendorId: string;
}

/** What a step yields to later steps: a write its effects in the order of its records, a read its output. */
export type StepResult<Operation> =
  Operation extends DomainWrite<infer _Record>
    ? { effects: readonly AppliedEffect[] }
    : Operation extends DomainRead<infer _Input, infer Output>
      ? Output
      : never;

export function defineDomainRead<Input extends z.ZodType, Output extends z.ZodType>(definition: {
  name: string;
  summary: string;
  input: Input;
  output: Output;
}): DomainRead<z.output<Input>, z.output<Output>> {
  // zod's output type of a schema is what `ZodType<Output>` means; the library cannot infer it through generics.
  return Object.freeze({ kind: 'read', ...definition }) as unknown as DomainRead<
    z.output<Input>,
    z.output<Output>
  >;
}

export function defineDomainWrite<Record_ extends z.ZodType>(definition: {
  name: string;
  summary: string;
  resource: string;
  record: Record_;
  naturalKey: readonly NaturalKeyPart[];
  impact: Exclude<Impact, 'read'>;
  reach?: Reach;
}): DomainWrite<z.output<Record_>> {
  return Object.freeze({ kind: 'write', reach: 1, ...definition }) as unknown as DomainWrite<
    z.output<Record_>
  >;
}

interface CommonFacts {
  /** Scopes that the calls need: the smallest set that suffices. */
  scopes: readonly string[];
  /** Calls that change nothing at the vendor (a search may be a POST). */
  reads: readonly CallTemplate[];
  requestHeaders?: readonly string[];
  /**
   * Secrets in the vendor's answers, which the broker keeps: the code sees a mark in their place, and nothing of an
   * answer that cannot be read. `*` stands for each element of an array.
   */
  withholds?: readonly { pointer: string; secret: string }[];
  /** Link to the vendor's documentation of the main call. */
  source: string;
  timeoutMs?: number;
}

export interface ReadImplementation<Input, Output> extends CommonFacts {
  run(context: OperationContext & { input: Input }): Promise<Output>;
}

export interface WriteImplementation<Record_> extends CommonFacts {
  guarantee: Guarantee;
  /** Records in one call; 1 unless declared. */
  batch?: { max: number };
  /** Calls that change something; a run makes at most one of them. */
  writes: readonly CallTemplate[];
  /** @returns one outcome for each record, in the records' order */
  run(
    context: OperationContext & { records: readonly KeyedRecord<Record_>[] },
  ): Promise<readonly RecordOutcome[]>;
  /**
   * Finds what became of records whose answer was lost, by reads alone: the vendor id, or null when the vendor
   * does not know the record. Required where the guarantee holds a `lookup`.
   */
  lookup?(
    context: OperationContext & { records: readonly KeyedRecord<Record_>[] },
  ): Promise<readonly (string | null)[]>;
}

/** A vendor's operation, ready for `defineConnector`. */
export type Operation = ReadOperation | WriteOperation;

export interface ReadOperation extends Omit<ReadImplementation<unknown, unknown>, 'run'> {
  readonly kind: 'read';
  readonly name: string;
  readonly implements: string | undefined;
  readonly summary: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  run(context: OperationContext & { input: unknown }): Promise<unknown>;
}

export interface WriteOperation extends Omit<WriteImplementation<unknown>, 'run' | 'lookup'> {
  readonly kind: 'write';
  readonly name: string;
  readonly implements: string | undefined;
  readonly summary: string;
  readonly resource: string;
  readonly record: z.ZodType;
  readonly naturalKey: readonly NaturalKeyPart[];
  readonly impact: Exclude<Impact, 'read'>;
  readonly reach: Reach;
  run(
    context: OperationContext & { records: readonly KeyedRecord<unknown>[] },
  ): Promise<readonly RecordOutcome[]>;
  lookup?(
    context: OperationContext & { records: readonly KeyedRecord<unknown>[] },
  ): Promise<readonly (string | null)[]>;
}

/** A vendor's implementation of a domain operation. Its name is the domain operation's without the domain. */
export function implement<Record_>(
  domain: DomainWrite<Record_>,
  how: WriteImplementation<Record_>,
): WriteOperation;
export function implement<Input, Output>(
  domain: DomainRead<Input, Output>,
  how: ReadImplementation<Input, Output>,
): ReadOperation;
export function implement(domain: object & { name: string }, how: object): never {
  return checked({
    ...domain,
    ...how,
    name: domain.name.slice(domain.name.indexOf('.') + 1),
    implements: domain.name,
  } as unknown as Operation) as never; // The overloads above are the types; here both kinds are one shape.
}

/** A vendor's own verb, which no domain has. */
export function defineOperation<Record_ extends z.ZodType>(
  definition: Omit<DomainWrite<z.output<Record_>>, 'record' | 'reach'> & {
    record: Record_;
    reach?: Reach;
  } & WriteImplementation<z.output<Record_>>,
): WriteOperation;
export function defineOperation<Input extends z.ZodType, Output extends z.ZodType>(
  definition: Omit<DomainRead, 'input' | 'output'> & { input: Input; output: Output } & ReadImplementation<
      z.output<Input>,
      z.output<Output>
    >,
): ReadOperation;
export function defineOperation(definition: object): never {
  return checked({ reach: 1, ...definition, implements: undefined } as unknown as Operation) as never;
}

function checked(operation: Operation): Operation {
  if (
    operation.kind === 'write' &&
    lookupOf(operation.guarantee) !== undefined &&
    operation.lookup === undefined
  ) {
    throw new ConfigurationError(
      `Operation ${operation.name} promises a lookup: implement lookup({ records, http }) or change its guarantee`,
      { path: '/lookup' },
    );
  }
  return Object.freeze(operation);
}

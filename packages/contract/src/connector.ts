import type { z } from 'zod';
import type { AuthInput } from './auth.ts';
import type { JsonValue } from './json.ts';
import { type AnswerFacts, type Manifest, manifestSchema } from './manifest.ts';
import { manifestOf } from './manifest-of.ts';
import type { Operation } from './operations.ts';
import type { Rotation } from './rotation.ts';
import type { PollManifest, WebhookManifest } from './triggers.ts';

/** An event that a connector reads out of an item. The runtime adds id, source and subject. */
export interface NormalizedEvent {
  /** `billing.invoice-paid.v1`; one of the trigger's `events`. */
  type: string;
  data: JsonValue;
  /** RFC 3339; the item's own time when absent. */
  time?: string;
}

/** What `normalize` reads: one item, and the record where the trigger hydrates. */
export interface DeliveredItem {
  item: JsonValue;
  /** Output of the hydrating read; null when the record is gone; undefined when the trigger does not hydrate. */
  record?: JsonValue | null;
}

export interface WebhookTrigger extends Omit<WebhookManifest, 'kind' | 'events'> {
  readonly kind: 'webhook';
  readonly events: readonly string[];
  /** Pure and synchronous. No events: the item means nothing to this connector's domain. */
  normalize(delivered: DeliveredItem): readonly NormalizedEvent[];
}

export interface PollTrigger extends Omit<PollManifest, 'kind' | 'events'> {
  readonly kind: 'poll';
  readonly events: readonly string[];
  /** Pure and synchronous. */
  normalize(delivered: DeliveredItem): readonly NormalizedEvent[];
}

export type Trigger = WebhookTrigger | PollTrigger;

export function webhook(trigger: Omit<WebhookTrigger, 'kind'>): WebhookTrigger {
  return Object.freeze({ kind: 'webhook', ...trigger });
}

export function poll(trigger: Omit<PollTrigger, 'kind'>): PollTrigger {
  return Object.freeze({ kind: 'poll', ...trigger });
}

export interface ConnectorDefinition {
  specVersion: 'v1';
  /** Folder and npm name: `[a-z0-9-]{1,64}`. */
  id: string;
  title: string;
  domain: Manifest['domain'];
  auth: AuthInput;
  egress: readonly string[];
  variables?: Manifest['variables'];
  headers?: Readonly<Record<string, string>>;
  answers: AnswerFacts;
  rateLimits?: Manifest['rateLimits'];
  operations: readonly Operation[];
  triggers: readonly Trigger[];
  rotation?: Rotation;
  deprecations?: Manifest['deprecations'];
}

const connectorMark = Symbol.for('onceover.connector');

/** A connector: its manifest and its code. */
export interface Connector {
  readonly [connectorMark]: true;
  readonly manifest: Manifest;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly triggers: ReadonlyMap<string, Trigger>;
  readonly rotation: Rotation;
}

/**
 * Declares a connector.
 * @throws {z.ZodError} with the path of each place where the manifest is not valid
 */
export function defineConnector(definition: ConnectorDefinition): Connector {
  // Once: to compile the schema first would take longer than to walk through it.
  const manifest = manifestSchema.parse(manifestOf(definition), { jitless: true }) satisfies z.infer<
    typeof manifestSchema
  >;
  return Object.freeze({
    [connectorMark]: true as const,
    manifest,
    operations: new Map(definition.operations.map((operation) => [operation.name, operation])),
    triggers: new Map(definition.triggers.map((trigger) => [trigger.name, trigger])),
    rotation: definition.rotation ?? {},
  });
}

export function isConnector(value: unknown): value is Connector {
  return typeof value === 'object' && value !== null && connectorMark in value;
}

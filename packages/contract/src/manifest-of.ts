import { z } from 'zod';
import type { Connector, ConnectorDefinition, Trigger } from './connector.ts';
import type { Manifest } from './manifest.ts';
import type { Operation } from './operations.ts';

/** The manifest of a connector, as plain JSON: what the build writes and the host compares. */
export function manifestOf(connector: Connector | ConnectorDefinition): Manifest {
  if ('manifest' in connector) return connector.manifest;
  const { specVersion, id, title, domain, auth, egress, answers } = connector;
  const manifest = {
    specVersion,
    id,
    title,
    domain,
    auth,
    egress,
    variables: connector.variables ?? {},
    headers: connector.headers ?? {},
    answers,
    rateLimits: connector.rateLimits ?? [],
    operations: connector.operations.map(operationManifest),
    triggers: connector.triggers.map(triggerManifest),
    rotation: Object.fromEntries(
      Object.entries(connector.rotation ?? {}).map(([name, { hooks, ...calls }]) => [
        name,
        { hooks: Object.keys(hooks).sort(), ...calls },
      ]),
    ),
    deprecations: connector.deprecations ?? [],
  };
  // Through JSON: what is not data falls away, and what is compared later is what was written. The caller parses it.
  return JSON.parse(JSON.stringify(manifest)) as Manifest;
}

function operationManifest(operation: Operation): object {
  const common = {
    name: operation.name,
    implements: operation.implements,
    summary: operation.summary,
    scopes: operation.scopes,
    reads: operation.reads,
    requestHeaders: operation.requestHeaders,
    withholds: operation.withholds,
    source: operation.source,
    timeoutMs: operation.timeoutMs,
  };
  if (operation.kind === 'read') {
    return {
      kind: 'read',
      ...common,
      impact: 'read',
      input: jsonSchemaOf(operation.input),
      output: jsonSchemaOf(operation.output),
    };
  }
  return {
    kind: 'write',
    ...common,
    impact: operation.impact,
    reach: operation.reach,
    resource: operation.resource,
    naturalKey: operation.naturalKey,
    guarantee: operation.guarantee,
    batch: operation.batch ?? { max: 1 },
    writes: operation.writes,
    record: jsonSchemaOf(operation.record),
  };
}

function triggerManifest(trigger: Trigger): object {
  const { normalize: _code, ...data } = trigger;
  return data;
}

/** JSON Schema (2020-12) of a zod schema's input, with its `.meta({ data })` classes. */
export function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'throw', reused: 'inline' });
}

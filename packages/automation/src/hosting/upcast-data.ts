import { ConfigurationError, type EventType, type JsonValue } from '@onceover/contract';
import { callUserCode } from './call-user-code.ts';
import { toJson } from './to-json.ts';
import { validate } from './validate.ts';

/**
 * Turns data of one version of an event type into that of a later one, a version at a time. Each result is
 * validated by the version's own schema.
 * @throws {ConfigurationError} when a version on the way is not known or has no upcast
 * @throws {ValidationError} when an upcast gave what its version does not allow
 */
export function upcastData(
  known: ReadonlyMap<string, EventType>,
  { name, from, to, data }: { name: string; from: number; to: number; data: JsonValue },
): JsonValue {
  if (from > to) {
    throw new ConfigurationError(`Event type ${name}: version ${from} cannot be turned back into ${to}`);
  }
  let current = data;
  for (let version = from + 1; version <= to; version += 1) {
    const type = `${name}.v${version}`;
    const upcast = known.get(type)?.upcast;
    const schema = known.get(type)?.schema;
    if (upcast === undefined || schema === undefined) {
      throw new ConfigurationError(
        `Event type ${type} has no upcast from version ${version - 1}: add one to its defineEvent and export it`,
      );
    }
    const result = callUserCode({ flow: type, function: 'upcast' }, upcast, current);
    current = toJson(validate(schema, result, { what: `Event type ${type}: upcast`, place: '' }));
  }
  return current;
}

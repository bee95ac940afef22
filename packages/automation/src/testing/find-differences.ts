import { isRawJson, type JsonValue } from '@onceover/contract';
import { escapeToken } from '../hosting/to-json.ts';

/** A place where two JSON values differ; a side that is missing there is undefined. */
export interface Difference {
  readonly path: string;
  readonly expected: JsonValue | undefined;
  readonly received: JsonValue | undefined;
}

/** Where two JSON values differ, deepest places first told. */
export function findDifferences(
  expected: JsonValue | undefined,
  received: JsonValue | undefined,
  path = '',
): readonly Difference[] {
  if (isContainer(expected) && isContainer(received) && Array.isArray(expected) === Array.isArray(received)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(received)])];
    return names.flatMap((name) =>
      findDifferences(own(expected, name), own(received, name), `${path}/${escapeToken(name)}`),
    );
  }
  return JSON.stringify(expected) === JSON.stringify(received) ? [] : [{ path, expected, received }];
}

type Container = Readonly<Record<string, JsonValue>>;

function isContainer(value: JsonValue | undefined): value is Container {
  // A number kept as text is one value, not an object.
  return typeof value === 'object' && value !== null && !isRawJson(value);
}

function own(container: Container, name: string): JsonValue | undefined {
  return Object.hasOwn(container, name) ? container[name] : undefined;
}

import { ConfigurationError, OnceoverError } from '@onceover/contract';

/** Where a function of an automation stands, for its errors. */
export interface CodePlace {
  flow: string;
  step?: string;
  function: string;
}

/**
 * Calls an author's function. Hosted code is synchronous: a promise is an error, and what was thrown is told with
 * its place.
 */
export function callUserCode<Context, Result>(
  place: CodePlace,
  run: (context: Context) => Result,
  context: Context,
): Result {
  let result: Result;
  try {
    result = run(context);
  } catch (error) {
    // Typed errors already say what to do; only their place is missing, and the runtime knows it.
    if (OnceoverError.isInstance(error)) throw error;
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new OnceoverError(`${describe(place)} threw ${said}`, { code: 'automation_threw', cause: error });
  }
  if (
    typeof result === 'object' &&
    result !== null &&
    'then' in result &&
    typeof result.then === 'function'
  ) {
    // Nobody waits for it: without this, its rejection would end the host.
    void Promise.resolve(result as unknown).catch(() => undefined);
    throw new ConfigurationError(`${describe(place)} must be synchronous: it returned a promise`);
  }
  return result;
}

export function describe({ flow, step, function: name }: CodePlace): string {
  return `Flow ${flow}${step === undefined ? '' : `, step ${step}`}: ${name}`;
}

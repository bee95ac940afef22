import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Trial } from './messages.ts';

const collector = new URL('./collector.ts', import.meta.url).href;
const stripped = new Map<string, string>();
let current: Trial | undefined;
let reload: ReadonlySet<string> = new Set();

/**
 * Puts a mutant into the modules that are loaded from now on. Nothing is written: the changed file, and the files
 * that import it, are modules of their own for each trial; all others are loaded once and shared.
 */
export function setTrial(trial: Trial): void {
  current = trial;
  reload = new Set(trial.reload);
}

/** Where a file is loaded from in the current trial. */
export function moduleOf(fileUrl: string): string {
  return current !== undefined && reload.has(fileURLToPath(fileUrl))
    ? `${fileUrl}?mutant=${current.number}`
    : fileUrl;
}

/** Makes Node load connectors with the current mutant, and `vitest` from the collector of tests. */
export function installMutantLoader(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier === 'vitest' && context.parentURL !== collector) {
        return { url: collector, shortCircuit: true };
      }
      const resolved = nextResolve(specifier, context);
      const isSource = resolved.url.startsWith('file:') && resolved.url.endsWith('.ts');
      return isSource ? { ...resolved, url: moduleOf(resolved.url) } : resolved;
    },
    load(url, context, nextLoad) {
      const at = url.indexOf('?mutant=');
      if (at === -1) return nextLoad(url, context);
      const file = fileURLToPath(url.slice(0, at));
      const mutant = current?.mutant;
      return {
        format: 'module',
        source: mutant?.file === file ? stripTypeScriptTypes(mutant.text) : sourceOf(file),
        shortCircuit: true,
      };
    },
  });
}

function sourceOf(file: string): string {
  const known = stripped.get(file);
  if (known !== undefined) return known;
  const source = stripTypeScriptTypes(readFileSync(file, 'utf8'));
  stripped.set(file, source);
  return source;
}

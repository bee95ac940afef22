import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ConfigurationError, type HostedModule } from '@onceover/contract/hosting';

/**
 * Imports an automation bundle: its default export answers messages.
 * @param source the bundle's text, where the file itself cannot be read; it imports nothing but Node's own modules
 */
export async function loadAutomationModule(file: string, source?: string): Promise<HostedModule> {
  const url = pathToFileURL(file).href;
  if (source !== undefined) {
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === url ? { url, format: 'module', shortCircuit: true } : next(specifier, context),
      load: (asked, context, next) =>
        asked === url ? { format: 'module', source, shortCircuit: true } : next(asked, context),
    });
  }
  const { default: module } = (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
  if (
    typeof module === 'object' &&
    module !== null &&
    'handle' in module &&
    typeof module.handle === 'function'
  ) {
    // It has `handle`; what that answers is checked message by message.
    return module as HostedModule;
  }
  throw new ConfigurationError(`${file} is no automation bundle: its default export has no handle()`, {
    code: 'automation_invalid',
  });
}

import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** For each package's real folder, the real folders of its dependencies by name. */
export type PackageMap = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Leads imports of packages straight to their real folders. Node's own way there is through the links of
 * node_modules, and whoever may read a link may read all that is beside it.
 */
export function usePackageMap(map: PackageMap): void {
  const roots = Object.keys(map).sort((a, b) => b.length - a.length);
  registerHooks({
    resolve(specifier, context, next) {
      const name = /^(?:@[^/]+\/)?[^./@:][^/:]*/.exec(specifier)?.[0];
      if (name === undefined || context.parentURL?.startsWith('file:') !== true)
        return next(specifier, context);
      const parent = fileURLToPath(context.parentURL);
      const root = roots.find((one) => parent.startsWith(`${one}/`));
      const target = root === undefined ? undefined : map[root]?.[name];
      if (target === undefined) return next(specifier, context);
      // A package that has `exports` finds itself by its own name.
      return next(specifier, { ...context, parentURL: pathToFileURL(`${target}/package.json`).href });
    },
  });
}

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/** A connector's folder: what is mutated, what tests it, and who imports whom. */
export interface ConnectorSources {
  id: string;
  folder: string;
  /** Absolute paths of what works at the vendor: no fake of it, and not the suite's samples. These are mutated. */
  production: readonly string[];
  /** Absolute paths of its tests. */
  tests: readonly string[];
  /** Text of every source by its path. */
  texts: ReadonlyMap<string, string>;
  /** File → the files that import it when they run. */
  importers: ReadonlyMap<string, readonly string[]>;
}

/** The connectors below a folder: each package whose package.json names one. */
export function findConnectors(root: string): readonly string[] {
  return globSync('*/package.json', { cwd: root })
    .filter((file) => 'onceover' in (JSON.parse(readFileSync(join(root, file), 'utf8')) as object))
    .map((file) => resolve(root, dirname(file)))
    .sort();
}

export function readConnector(folder: string): ConnectorSources {
  const { onceover } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    onceover: { connector: string };
  };
  const files = globSync('src/**/*.ts', { cwd: folder })
    .map((file) => join(folder, file))
    .sort();
  const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
  const importers = new Map<string, string[]>();
  for (const [file, text] of texts) {
    for (const imported of runtimeImports(file, text)) {
      importers.set(imported, [...(importers.get(imported) ?? []), file]);
    }
  }
  const isTest = (file: string) => file.endsWith('.test.ts');
  return {
    id: onceover.connector,
    folder,
    production: files.filter(
      (file) =>
        !isTest(file) && !/^(testing|sandbox)\/|-conformance\.ts$/.test(relative(join(folder, 'src'), file)),
    ),
    tests: files.filter(isTest),
    texts,
    importers,
  };
}

/** A file and all that import it, however far away: what must be loaded anew when it changes. */
export function dependentsOf({ importers }: ConnectorSources, file: string): ReadonlySet<string> {
  const found = new Set([file]);
  for (const each of found) for (const importer of importers.get(each) ?? []) found.add(importer);
  return found;
}

/** Scopes that the connector's operations may name: the keys of `scopes: { … }`. */
export function declaredScopes({ production, texts }: ConnectorSources): readonly string[] {
  const scopes = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (
      ts.isPropertyAssignment(node) &&
      node.name.getText() === 'scopes' &&
      ts.isObjectLiteralExpression(node.initializer)
    ) {
      for (const { name } of node.initializer.properties) {
        if (name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name))) scopes.add(name.text);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of production) visit(parse(file, texts.get(file) ?? ''));
  return [...scopes];
}

function runtimeImports(file: string, text: string): string[] {
  return parse(file, text).statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier } = statement;
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return [];
    const isType = ts.isExportDeclaration(statement)
      ? statement.isTypeOnly
      : statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    const target = resolve(dirname(file), moduleSpecifier.text);
    return !isType && moduleSpecifier.text.startsWith('.') && existsSync(target) ? [target] : [];
  });
}

function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
}

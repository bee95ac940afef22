import ts from 'typescript';
import { at, type Violation, type WorkspaceFile } from './violation.ts';

/** What a source may not do where it is, as far as its syntax tells. */
export function findSourceViolations(file: WorkspaceFile): Violation[] {
  if (!/\.(?:ts|tsx|mts|mjs|js)$/.test(file.path)) return [];
  const violations: Violation[] = [];
  const report = (node: ts.Node, rule: string, message: string) =>
    violations.push({ rule, at: at(file, node.getStart()), message });
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const checks = [
    ...(mayReadEnvironment(file.path) ? [] : [checkEnvironment]),
    ...(mayWriteSql(file.path) ? [] : [checkSql]),
    ...(mayFetch(file.path) ? [] : [checkFetch]),
  ];
  const visit = (node: ts.Node): void => {
    for (const check of checks) check(node, report);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return violations;
}

type Report = (node: ts.Node, rule: string, message: string) => void;

const isTest = (path: string) => /\.(?:test|bench)\.ts$/.test(path);

function mayReadEnvironment(path: string): boolean {
  // The one server of a test run may be a given one, and a global setup has no caller that could pass its URL.
  return /^(?:apps\/runner|tooling)\//.test(path) || path === 'packages/store/src/testing/global-setup.ts';
}

/** `process.env`, however reached: a property, an element, a destructuring or an import. */
function checkEnvironment(node: ts.Node, report: Report): void {
  const reads =
    (ts.isPropertyAccessExpression(node) && node.name.text === 'env' && isProcess(node.expression)) ||
    (ts.isElementAccessExpression(node) &&
      isText(node.argumentExpression, 'env') &&
      isProcess(node.expression)) ||
    (ts.isVariableDeclaration(node) && isProcess(node.initializer) && bindsEnv(node.name)) ||
    (ts.isImportDeclaration(node) &&
      /^'(?:node:)?process'$/.test(node.moduleSpecifier.getText().replaceAll('"', "'")));
  if (reads) {
    report(
      node,
      'environment-in-runner-alone',
      'only apps/runner reads the environment: take the value as an option',
    );
  }
}

function isProcess(node: ts.Node | undefined): boolean {
  if (node === undefined) return false;
  if (ts.isPropertyAccessExpression(node))
    return node.name.text === 'process' && node.expression.getText() === 'globalThis';
  return ts.isIdentifier(node) && node.text === 'process';
}

function isText(node: ts.Node, text: string): boolean {
  return ts.isStringLiteralLike(node) && node.text === text;
}

function bindsEnv(name: ts.BindingName): boolean {
  return (
    ts.isObjectBindingPattern(name) &&
    name.elements.some(({ propertyName, name: own }) => (propertyName ?? own).getText() === 'env')
  );
}

function mayWriteSql(path: string): boolean {
  return /^(?:packages\/store|tooling)\//.test(path);
}

// Keywords in capitals anywhere, or a lower-case statement from its first word on: prose says "update the set" too.
const SQL =
  /\b(?:INSERT\s+INTO|SELECT\s[\s\S]{1,2000}?\sFROM|UPDATE\s[\s\S]{1,200}?\sSET|DELETE\s+FROM|(?:CREATE|ALTER|DROP)\s+(?:TABLE|INDEX|ROLE|SCHEMA|TYPE)|TRUNCATE\s+\w)\b|^\s*(?:insert\s+into\s+\S+\s*\(|select\s[\s\S]+?\sfrom\s+[\w."]+\s*(?:$|;|where|join|order|limit|group)|update\s+[\w."]+\s+set\s+\w+\s*=|delete\s+from\s+[\w."]+\s*(?:$|;|where)|truncate\s+[\w."]+\s*(?:$|;|,))/;

function checkSql(node: ts.Node, report: Report): void {
  if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return;
  const text = ts.isTemplateExpression(node) ? node.getText().slice(1, -1) : node.text;
  if (SQL.test(text)) report(node, 'sql-in-store-alone', 'SQL belongs to packages/store: one query a file');
}

function mayFetch(path: string): boolean {
  return (
    isTest(path) ||
    /^(?:packages\/broker|apps\/runner|apps\/console|tooling)\//.test(path) ||
    /^packages\/connector-kit\/src\/(?:sandbox|testing)\//.test(path) ||
    /^connectors\/[^/]+\/src\/(?:sandbox|testing)\//.test(path)
  );
}

/** The clients that need no import. */
function checkFetch(node: ts.Node, report: Report): void {
  const callee = ts.isCallExpression(node) || ts.isNewExpression(node) ? node.expression : undefined;
  if (callee === undefined) return;
  const name = callee.getText().replace(/^globalThis\./, '');
  if (name === 'fetch' || name === 'WebSocket' || name === 'EventSource') {
    report(node, 'sockets-in-broker-alone', `${name} opens a connection: ask the broker`);
  }
}

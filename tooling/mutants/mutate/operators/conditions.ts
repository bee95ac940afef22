import ts from 'typescript';
import { type Operator, replaceNode } from './operator.ts';

const opposites: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '==': '!=',
  '!=': '==',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
};
const equalities: ReadonlySet<string> = new Set(['===', '!==', '==', '!=']);

/** Conditions negated, comparisons moved by one, fallbacks left out. */
export const mutateConditions: Operator = (node) => {
  if (ts.isIfStatement(node)) return negated(node.expression);
  if (ts.isConditionalExpression(node)) return negated(node.condition);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [replaceNode(node, node.operand.getText())];
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { name } = node.expression;
    const other = { every: 'some', some: 'every', startsWith: 'endsWith' }[name.text];
    return other === undefined ? [] : [replaceNode(name, other)];
  }
  if (!ts.isBinaryExpression(node)) return [];
  const { left, right, operatorToken } = node;
  const operator = operatorToken.getText();
  if (operator === '??') {
    return [replaceNode(node, left.getText(), `?? ${right.getText()} missing`)];
  }
  const opposite = opposites[operator];
  // Text is put together with templates here; a plus of texts would only become NaN.
  if (opposite === undefined) return [];
  return [
    replaceNode(
      operatorToken,
      opposite,
      `${left.getText()} ${operator} ${right.getText()} → ${opposite}`.replaceAll(/\s+/g, ' '),
    ),
  ];
};

function negated(condition: ts.Expression) {
  // A negated equality is its operator's own mutant.
  if (ts.isBinaryExpression(condition) && equalities.has(condition.operatorToken.getText())) return [];
  if (ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken)
    return [];
  const text = condition.getText();
  return [replaceNode(condition, `!(${text})`, `${text} negated`.replaceAll(/\s+/g, ' '))];
}

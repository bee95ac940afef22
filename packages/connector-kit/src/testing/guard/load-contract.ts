import { type CallTemplate, matchCall } from '@onceover/contract';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { SandboxAnswer, SandboxRequest } from '../../sandbox/index.ts';
import type { ContractGuard } from './contract-guard.ts';
import { decodeForm } from './decode-form.ts';
import { type ContractOperation, vendorContractSchema } from './vendor-contract.ts';

/**
 * A guard made of an extracted contract.
 * @throws {z.ZodError} when `contract` does not have the extracted form
 */
export function loadContract(contract: unknown): ContractGuard {
  const { operations, schemas } = vendorContractSchema.parse(contract);
  const validators = { json: compiler(schemas, false), text: compiler(schemas, true) };
  const templates = (Object.keys(operations) as CallTemplate[]).sort(
    (one, other) => one.split('{').length - other.split('{').length,
  );
  const find = (call: { method: string; path: string }): ContractOperation | undefined => {
    const matched = matchCall(call, templates);
    return matched === undefined ? undefined : operations[matched.template];
  };
  return {
    request(request) {
      const operation = find(request);
      if (operation === undefined) {
        return [`${request.method} ${request.path} is not in the vendor's contract`];
      }
      return [
        ...queryProblems(operation, request, validators.text),
        ...bodyProblems(operation, request, validators),
      ];
    },
    answer(request, answer) {
      const operation = find(request);
      if (operation === undefined)
        return [`${request.method} ${request.path} is not in the vendor's contract`];
      const where = `answer ${answer.status} to ${request.method} ${request.path}`;
      const schema = operation.responses[String(answer.status)] ?? operation.responses['default'];
      if (schema === undefined) {
        return answer.status in operation.responses
          ? emptyProblems(answer, where)
          : [`${where}: the contract has no such status`];
      }
      if (operation.responses[String(answer.status)] === null) return emptyProblems(answer, where);
      return schema === null ? [] : problems(validators.json(schema), parse(answer.body), where);
    },
    scopes: (call) => find(call)?.security,
  };
}

type Compile = (schema: Record<string, unknown>) => ValidateFunction;

function compiler(schemas: Record<string, unknown>, coerceTypes: boolean): Compile {
  const ajv = new Ajv2020({ strict: false, allErrors: true, coerceTypes });
  addFormats.default(ajv);
  // Widths of numbers are the server's own business.
  for (const format of ['int32', 'int64', 'double', 'float']) ajv.addFormat(format, true);
  ajv.addSchema({ $id: 'contract:/', schemas });
  const known = new WeakMap<object, ValidateFunction>();
  return (schema) => {
    const found = known.get(schema);
    if (found !== undefined) return found;
    // References are written relative to the whole contract.
    const compiled = ajv.compile(absolute(schema) as Record<string, unknown>);
    known.set(schema, compiled);
    return compiled;
  };
}

function absolute(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(absolute);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) =>
      name === '$ref' && typeof value === 'string' ? [name, `contract:/${value}`] : [name, absolute(value)],
    ),
  );
}

function queryProblems(operation: ContractOperation, request: SandboxRequest, compile: Compile): string[] {
  const sent = new URLSearchParams(request.query);
  const where = `query of ${request.method} ${request.path}`;
  const unknown = [...new Set(sent.keys())].filter((name) => !Object.hasOwn(operation.query, name));
  return [
    ...unknown.map((name) => `${where}: ${name} is not in the contract`),
    ...Object.entries(operation.query).flatMap(([name, { required, schema }]) => {
      const values = sent.getAll(name);
      if (values.length === 0) return required === true ? [`${where}: ${name} is required`] : [];
      const value = schema['type'] === 'array' ? values : values[0];
      return problems(compile(schema), value, `${where}: ${name}`);
    }),
  ];
}

function bodyProblems(
  operation: ContractOperation,
  request: SandboxRequest,
  validators: { json: Compile; text: Compile },
): string[] {
  const where = `body of ${request.method} ${request.path}`;
  const expected = operation.request;
  if (expected === undefined) return request.body === '' ? [] : [`${where}: the contract has none`];
  if (request.body === '') return expected.required === true ? [`${where} is required`] : [];
  const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim();
  if (contentType !== expected.contentType) {
    return [`${where}: content type ${contentType}, the contract has ${expected.contentType}`];
  }
  return contentType === 'application/x-www-form-urlencoded'
    ? problems(validators.text(expected.schema), decodeForm(request.body), where)
    : problems(validators.json(expected.schema), parse(request.body), where);
}

function emptyProblems(answer: SandboxAnswer, where: string): string[] {
  return answer.body === '' ? [] : [`${where}: the contract has no body`];
}

function problems(validate: ValidateFunction, value: unknown, where: string): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => {
    const { additionalProperty, unevaluatedProperty, allowedValues } = error.params;
    const detail: unknown = additionalProperty ?? unevaluatedProperty ?? allowedValues;
    const told = detail === undefined ? '' : ` (${JSON.stringify(detail)})`;
    return `${where}${error.instancePath}: ${error.message}${told}`;
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

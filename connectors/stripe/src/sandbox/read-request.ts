import type { z } from 'zod';
import { StripeRequestError } from './stripe-request-error.ts';

const apiVersion = '2026-10-28.endive';

type Nested = { [name: string]: string | Nested };

/** Parameters of a GET, checked against what the sandbox knows of the endpoint. */
export function readQuery<Schema extends z.ZodType>(request: Request, schema: Schema): z.output<Schema> {
  checkVersion(request);
  return parse(schema, nested(new URL(request.url).searchParams));
}

/** Parameters of a POST. */
export async function readForm<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  checkVersion(request);
  const text = await request.text();
  const type = request.headers.get('content-type') ?? '';
  if (text !== '' && !type.startsWith('application/x-www-form-urlencoded')) {
    throw new StripeRequestError(400, {
      message: 'Invalid request (check that your POST content type is application/x-www-form-urlencoded).',
    });
  }
  return parse(schema, nested(new URLSearchParams(text)));
}

/** Stripe would take the account's own version instead; this sandbox speaks one. */
export function checkVersion(request: Request): void {
  const version = request.headers.get('stripe-version');
  if (version === apiVersion) return;
  throw new StripeRequestError(400, {
    message: `Invalid Stripe API version: ${version ?? 'none'}. This sandbox speaks ${apiVersion}.`,
  });
}

function parse<Schema extends z.ZodType>(schema: Schema, value: Nested): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys] : (issue?.path ?? []);
  const param = path.map((part, index) => (index === 0 ? String(part) : `[${String(part)}]`)).join('');
  throw issue?.code === 'unrecognized_keys'
    ? new StripeRequestError(400, {
        code: 'parameter_unknown',
        param,
        message: `Received unknown parameter: ${param}`,
      })
    : new StripeRequestError(400, {
        ...(issue?.code === 'invalid_type' && issue.input === undefined ? { code: 'parameter_missing' } : {}),
        param,
        message: `Invalid ${param}: ${issue?.message ?? 'not valid'}`,
      });
}

/** `metadata[a]=1&email=x` → `{ metadata: { a: '1' }, email: 'x' }`. */
function nested(pairs: URLSearchParams): Nested {
  const root: Nested = Object.create(null) as Nested;
  for (const [name, value] of pairs) {
    const path = name.replaceAll(']', '').split('[');
    const last = path.pop() ?? '';
    let target = root;
    for (const part of path) {
      const inner = target[part];
      target = target[part] = typeof inner === 'object' ? inner : (Object.create(null) as Nested);
    }
    target[last] = value;
  }
  return root;
}

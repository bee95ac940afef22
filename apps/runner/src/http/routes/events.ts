import { type JsonValue, parseJson } from '@onceover/contract';
import type { Runtime } from '@onceover/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problem.ts';
import { useRawBodies } from '../raw-bodies.ts';

const structured = 'application/cloudevents+json';
const batch = 'application/cloudevents-batch+json';

/** `POST /v1/events`: CloudEvents 1.0, structured, batch or binary. A batch is all or nothing. */
export function eventRoutes(runtime: Runtime) {
  return async (app: FastifyInstance): Promise<void> => {
    useRawBodies(app);
    app.post('/v1/events', async (request, reply) => {
      const envelopes = readEnvelopes(request);
      const answer = await runtime.acceptEvents({ tenant: request.authority.tenant, envelopes });
      if ('errors' in answer) {
        throw new Problem(422, 'event_invalid', 'The events are not valid; nothing was stored. See errors.', {
          errors: answer.errors,
        });
      }
      return reply.status(202).send(answer);
    });
  };
}

function readEnvelopes(request: FastifyRequest): readonly JsonValue[] {
  const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  const text = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
  if (contentType === structured) return [parseBody(text)];
  if (contentType === batch) {
    const list = parseBody(text);
    if (!Array.isArray(list))
      throw new Problem(400, 'malformed_json', 'A batch is a JSON array of CloudEvents.');
    return list;
  }
  if (contentType === 'application/json' && request.headers['ce-specversion'] !== undefined) {
    return [{ ...binaryAttributes(request), data: parseBody(text) }];
  }
  throw new Problem(
    415,
    'unsupported_media_type',
    `Send ${structured}, ${batch}, or application/json with ce-* headers (CloudEvents binary mode).`,
  );
}

function binaryAttributes(request: FastifyRequest): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith('ce-') || typeof value !== 'string') continue;
    // Attribute values are percent-encoded in headers (CloudEvents HTTP binding, 3.1.3.2).
    attributes[name.slice(3)] = decodeHeader(value);
  }
  return attributes;
}

function decodeHeader(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function parseBody(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    throw new Problem(400, 'malformed_json', 'The body is not JSON. Nothing was stored.');
  }
}

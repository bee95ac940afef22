import type { FastifyReply, FastifyRequest } from 'fastify';
import { toProblem } from './to-problem.ts';

/** Counts an answer that is a problem. */
export type RefusalCount = (refusal: { status: number; code: string; route: string }) => void;

/** Answers any error as a problem; logs and counts it. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  onRefused: RefusalCount,
): FastifyReply {
  const { body, retryAfterSeconds, cause } = toProblem(error);
  const { status, code } = body;
  const route = request.routeOptions.url ?? 'none';
  onRefused({ status, code, route });
  if (status >= 500) request.log.error({ err: cause ?? error, status, code, route }, 'request failed');
  else request.log.info({ status, code, route }, 'request refused');
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  if (code === 'key_missing' || code === 'key_unknown') reply.header('www-authenticate', 'Bearer');
  return reply.status(status).type('application/problem+json').serializer(JSON.stringify).send(body);
}

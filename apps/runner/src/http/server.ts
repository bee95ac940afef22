import fastifySwagger from '@fastify/swagger';
import type { Runtime } from '@onceover/runtime';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { type Authority, type AuthorityOptions, authorize } from './authority.ts';
import { Problem, toProblem } from './problem.ts';
import { bodyLimit } from './raw-bodies.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes, type Readiness } from './routes/health.ts';
import { hookRoutes } from './routes/hooks.ts';
import { listRoutes } from './routes/lists.ts';

declare module 'fastify' {
  interface FastifyRequest {
    authority: Authority;
  }
}

export interface ServerOptions extends AuthorityOptions {
  runtime: Runtime;
  log: FastifyBaseLogger;
  /** What vendors call; known once the port is. */
  publicUrl: () => string;
  readiness: () => Promise<Readiness>;
  metrics: () => Promise<{ contentType: string; body: string }>;
}

/** Routes that anyone may call: the signature, or nothing, is the authority there. */
const openRoutes = [/^\/v1\/hooks\//, /^\/healthz$/, /^\/readyz$/];

/** The HTTP API. It does not listen yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { runtime } = options;
  const app = Fastify({
    loggerInstance: options.log,
    // One line a request would cost more than the request; what is refused is logged and counted.
    disableRequestLogging: true,
    bodyLimit,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(fastifySwagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Onceover', version: '1' }, servers: [{ url: '/' }] },
    transform: jsonSchemaTransform,
  });

  app.addHook('onRequest', async (request) => {
    if (openRoutes.some((route) => route.test(request.url.split('?')[0] ?? ''))) return;
    request.authority = authorize(request, options);
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = validationProblem(error) ?? toProblem(error);
    const { status, code } = problem.body;
    if (status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    else request.log.info({ status, code, route: request.routeOptions.url }, 'request refused');
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
    return reply
      .status(status)
      .type('application/problem+json')
      .serializer(JSON.stringify)
      .send(problem.body);
  });
  app.setNotFoundHandler(() => {
    throw new Problem(404, 'route_unknown', 'There is no such route. GET /v1/openapi.json lists them.');
  });

  await app.register(hookRoutes(runtime, options.publicUrl));
  await app.register(eventRoutes(runtime));
  await app.register(listRoutes(runtime));
  await app.register(healthRoutes(options.readiness, options.metrics));
  app.get('/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  return app;
}

interface FastifyValidationError {
  validation: readonly { instancePath?: string; message?: string }[];
}

function validationProblem(error: unknown): Problem | undefined {
  if (
    typeof error !== 'object' ||
    error === null ||
    !('validation' in error) ||
    !Array.isArray(error.validation)
  ) {
    return undefined;
  }
  // Fastify puts the validator's issues on the error; their shape is the type provider's.
  const { validation } = error as FastifyValidationError;
  return new Problem(400, 'request_invalid', 'The request is not valid. See errors.', {
    errors: validation.map(({ instancePath, message }) => ({
      pointer: instancePath ?? '',
      detail: message ?? 'is not valid',
    })),
  });
}

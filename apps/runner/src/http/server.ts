import fastifySwagger from '@fastify/swagger';
import type { Broker } from '@onceover/broker';
import type { Runtime } from '@onceover/runtime';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { KeyringAdministration } from '../keyring-administration.ts';
import { type Authority, type AuthorityOptions, authorize } from './authority.ts';
import { openApiDocument } from './open-api.ts';
import { Problem } from './problem.ts';
import { bodyLimit } from './raw-bodies.ts';
import { type RefusalCount, sendProblem } from './send-problem.ts';
import { connectionRoutes } from './routes/connections.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes, type Readiness } from './routes/health.ts';
import { hookRoutes } from './routes/hooks.ts';
import { keyringRoutes } from './routes/keyring.ts';
import { listRoutes } from './routes/lists.ts';
import { oauthRoutes } from './routes/oauth.ts';
import { releaseRoutes } from './routes/releases.ts';
import { rotationRoutes } from './routes/rotations.ts';
import { scopeRoutes } from './routes/scopes.ts';
import { subscriptionRoutes } from './routes/subscriptions.ts';
import { subscribeConnected } from './subscribe-connected.ts';

declare module 'fastify' {
  interface FastifyRequest {
    authority: Authority;
  }
  interface FastifyContextConfig {
    /** Anyone may call it: the signature, or nothing, is the authority there. Every other route needs one. */
    needsNoKey?: boolean;
  }
}

export interface ServerOptions extends AuthorityOptions {
  runtime: Runtime;
  broker: Pick<Broker, 'scopeTable' | 'oauth' | 'connections' | 'releases' | 'subscriptions' | 'rotations'>;
  keyring: KeyringAdministration;
  log: FastifyBaseLogger;
  isolation: Readiness['isolation'];
  /** What vendors call; known once the port is. */
  publicUrl: () => string;
  readiness: () => Promise<Readiness>;
  metrics: () => Promise<{ contentType: string; body: string }>;
  /** Told about every problem that is answered. */
  onRefused: RefusalCount;
  /** Told about every route that there is. */
  onRoute?: (route: { method: string; url: string; needsKey: boolean }) => void;
}

/** A body that takes longer than this to arrive is given up: slow senders must not hold sockets, nor a shutdown. */
const requestTimeoutMs = 30_000;

function notUsed(): never {
  throw new Error('a schema was given that is not zod’s');
}

/** The HTTP API. It does not listen yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { runtime, isolation, onRefused } = options;
  const { releases, rotations } = options.broker;
  const app = Fastify({
    loggerInstance: options.log,
    // One line a request would cost more than the request; what is refused is logged and counted.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
    // Without these, Fastify loads its own two compilers, which schemas of zod have no use for.
    schemaController: { compilersFactory: { buildValidator: notUsed, buildSerializer: notUsed } },
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply, onRefused),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(fastifySwagger, { openapi: openApiDocument, transform: jsonSchemaTransform });

  app.addHook('onRoute', ({ method, url, config }) => {
    const needsKey = config?.needsNoKey !== true;
    for (const one of [method].flat()) options.onRoute?.({ method: one, url, needsKey });
  });
  app.decorateRequest('authority');
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.needsNoKey === true) return;
    request.authority = authorize(request, options);
  });
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, onRefused));
  app.setNotFoundHandler(() => {
    throw new Problem(404, 'route_unknown', 'There is no such route. GET /v1/openapi.json lists them.');
  });

  await app.register(hookRoutes(runtime, options.publicUrl));
  await app.register(eventRoutes(runtime));
  await app.register(listRoutes({ runtime, releases, rotations, isolation }));
  await app.register(scopeRoutes(options.broker));
  await app.register(releaseRoutes(options.broker));
  await app.register(connectionRoutes({ runtime, broker: options.broker, publicUrl: options.publicUrl }));
  const { publicUrl, broker } = options;
  await app.register(subscriptionRoutes({ runtime, subscriptions: broker.subscriptions, publicUrl }));
  await app.register(oauthRoutes(broker.oauth, publicUrl, subscribeConnected(broker, publicUrl)));
  await app.register(rotationRoutes(broker));
  await app.register(keyringRoutes(options.keyring));
  await app.register(healthRoutes(options.readiness, options.metrics));
  app.get('/v1/openapi.json', { schema: { summary: 'This description' } }, async () => app.swagger());
  return app;
}

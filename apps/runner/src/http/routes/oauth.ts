import type { Broker } from '@onceover/broker';
import { OnceoverError } from '@onceover/contract';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { answers, withoutKey } from '../open-api.ts';
import { Problem } from '../problem.ts';

/**
 * Where a person's browser goes: our link, the vendor's consent page, and back. No key: the ticket in the link is the
 * authority, then the cookie that opening it has set. HEAD is not answered: a preview of a link must not use it up.
 */
export function oauthRoutes(
  oauth: Broker['oauth'],
  publicUrl: () => string,
  /** Told about each connection that was authorised. */
  onConnected: (connection: string) => void,
): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/oauth/start/:ticket',
      {
        config: { needsNoKey: true },
        exposeHeadRoute: false,
        schema: {
          summary: 'Uses a ticket up and goes to the vendor’s consent page',
          params: z.object({ ticket: z.string() }),
          security: withoutKey,
          response: answers({ 302: z.string().describe('To the vendor') }),
        },
      },
      async (request, reply) => {
        const { ticket } = request.params;
        const { redirectTo, cookie } = await asProblem(oauth.start({ ticket, publicUrl: publicUrl() }));
        const { name, value, maxAgeSeconds } = cookie;
        return reply
          .headers(untold)
          .header('set-cookie', cookieLine(name, value, maxAgeSeconds, publicUrl()))
          .redirect(redirectTo, 302);
      },
    );
    app.get(
      '/v1/oauth/callback/:registration',
      {
        config: { needsNoKey: true },
        exposeHeadRoute: false,
        schema: {
          summary: 'Where the vendor sends the browser back to',
          params: z.object({ registration: z.string() }),
          security: withoutKey,
          response: answers({ 200: z.string().describe('For the person') }),
        },
      },
      async (request, reply) => {
        const { connection, failure, cookieName } = await asProblem(
          oauth.complete({
            registration: request.params.registration,
            query: request.raw.url?.split('?', 2)[1] ?? '',
            cookies: readCookies(request.headers.cookie),
            publicUrl: publicUrl(),
          }),
        );
        reply.headers(untold).header('set-cookie', cookieLine(cookieName, '', 0, publicUrl()));
        if (failure !== null) {
          throw new Problem(400, 'authorization_failed', `${connection} was not connected. ${failure}`);
        }
        onConnected(connection);
        return reply
          .type('text/plain; charset=utf-8')
          .serializer((text: string) => text)
          .send(`${connection} is connected. You can close this page.\n`);
      },
    );
  };
}

/** The address holds what nobody else should learn. */
const untold = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

function cookieLine(name: string, value: string, maxAgeSeconds: number, publicUrl: string): string {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  // Lax: the way back from the vendor is a navigation from another site.
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`;
}

function readCookies(header: string | undefined): Record<string, string> {
  const pairs = (header ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at === -1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const];
  });
  return Object.fromEntries(pairs);
}

async function asProblem<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!OnceoverError.isInstance(error)) throw error;
    throw new Problem(400, error.code, error.message, { cause: error });
  }
}

import type { SandboxContext, TokenGrant } from '@onceover/connector-kit/sandbox';
import { http, type RequestHandler } from 'msw';
import { z } from 'zod';
import { sandboxOrigin } from './zendesk-json.ts';
import type { ZendeskState } from './zendesk-state.ts';

const client = { client_id: z.string().min(1), client_secret: z.string().min(1) };
const bodySchema = z.discriminatedUnion('grant_type', [
  z.object({
    grant_type: z.literal('authorization_code'),
    ...client,
    client_secret: z.string().optional(),
    code: z.string(),
    redirect_uri: z.string(),
    code_verifier: z.string().optional(),
  }),
  z.object({ grant_type: z.literal('refresh_token'), ...client, refresh_token: z.string() }),
  z.object({ grant_type: z.literal('client_credentials'), ...client, scope: z.string() }),
]);

/**
 * A consent page, `POST /oauth/tokens` with parameters as JSON, and the token's own resource. A refresh deletes the access and the refresh token that came before.
 * https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/
 */
export function tokenRoutes({ tokens }: SandboxContext<ZendeskState>): readonly RequestHandler[] {
  return [
    // Consent is given at once.
    http.get(`${sandboxOrigin}/oauth/authorizations/new`, ({ request }) => {
      const asked = new URL(request.url).searchParams;
      const redirectUri = asked.get('redirect_uri') ?? '';
      if (!URL.canParse(redirectUri)) return refusal('invalid_request', 'redirect_uri is missing');
      const challenge = asked.get('code_challenge');
      const target = new URL(redirectUri);
      const code = tokens.issueCode({
        scopes: (asked.get('scope') ?? '').split(' '),
        redirectUri,
        ...(challenge === null ? {} : { codeChallenge: challenge }),
      });
      target.searchParams.set('code', code);
      const state = asked.get('state');
      if (state !== null) target.searchParams.set('state', state);
      return new Response(null, { status: 302, headers: { location: target.href } });
    }),
    // https://developer.zendesk.com/api-reference/ticketing/oauth/oauth_tokens/
    http.get(`${sandboxOrigin}/api/v2/oauth/tokens/current`, ({ request }) => {
      const token = bearerOf(request);
      return Response.json({ token: { token: token.slice(0, 10), scopes: tokens.scopesOf(token) ?? [] } });
    }),
    http.delete(`${sandboxOrigin}/api/v2/oauth/tokens/current`, ({ request }) => {
      tokens.end(bearerOf(request));
      return new Response(null, { status: 204 });
    }),
    http.post(`${sandboxOrigin}/oauth/tokens`, async ({ request }) => {
      const body = bodySchema.safeParse(await request.json().catch(() => undefined));
      if (!body.success) {
        return refusal('invalid_request', 'The request is missing a required parameter, or is malformed.');
      }
      // A client without a secret is a public one.
      const { client_secret: secret } = body.data;
      if (secret !== undefined && !tokens.acceptsClient(secret)) {
        return refusal('invalid_client', 'Client authentication failed.', 401);
      }
      const granted = grant(body.data);
      return granted === undefined
        ? refusal(
            'invalid_grant',
            'The provided access grant is invalid, expired, or revoked (e.g. invalid assertion, expired authorization token, bad end-user password credentials, or mismatching authorization code and redirection URI).',
          )
        : Response.json(tokenJson(granted));
    }),
  ];

  function grant(body: z.infer<typeof bodySchema>): TokenGrant | undefined {
    switch (body.grant_type) {
      case 'authorization_code':
        return tokens.redeemCode(body.code, {
          redirectUri: body.redirect_uri,
          ...(body.code_verifier === undefined ? {} : { codeVerifier: body.code_verifier }),
        });
      case 'refresh_token':
        return tokens.refresh(body.refresh_token);
      case 'client_credentials':
        return tokens.grant(body.scope.split(' '));
    }
  }
}

function bearerOf(request: Request): string {
  return /^bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
}

function tokenJson({ accessToken, refreshToken, scopes, expiresInSeconds }: TokenGrant) {
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'bearer',
    scope: scopes.join(' '),
    expires_in: expiresInSeconds,
    refresh_token_expires_in: 2_592_000,
  };
}

function refusal(error: string, description: string, status = 400): Response {
  return Response.json({ error, error_description: description }, { status });
}

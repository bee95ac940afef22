import type { SandboxContext, TokenGrant } from '@onceover/connector-kit/sandbox';
import { http, HttpResponse, type RequestHandler } from 'msw';
import { problemBody } from './hubspot-problems.ts';
import { hubspotOrigin, type HubspotState, sandboxPortalId } from './hubspot-state.ts';

/** A consent that is always given, the token endpoint of version 2026-03, and its revocation. */
export function oauthRoutes({ tokens }: SandboxContext<HubspotState>): readonly RequestHandler[] {
  return [
    http.get(`${hubspotOrigin}/oauth/authorize`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      const redirectUri = query.get('redirect_uri') ?? '';
      if (!URL.canParse(redirectUri)) return oauthError('invalid_request', 'redirect_uri is missing');
      const challenge = query.get('code_challenge');
      const target = new URL(redirectUri);
      const code = tokens.issueCode({
        scopes: (query.get('scope') ?? '').split(' ').filter((scope) => scope !== ''),
        redirectUri,
        ...(challenge === null ? {} : { codeChallenge: challenge }),
      });
      target.searchParams.set('code', code);
      const state = query.get('state');
      if (state !== null) target.searchParams.set('state', state);
      return new HttpResponse(null, { status: 302, headers: { location: target.href } });
    }),
    http.post(`${hubspotOrigin}/oauth/2026-03/token`, async ({ request }) => {
      const form = new URLSearchParams(await request.text());
      if (form.get('client_id') === null || !tokens.acceptsClient(form.get('client_secret') ?? '')) {
        return oauthError('invalid_client', 'missing or invalid client credentials');
      }
      const verifier = form.get('code_verifier');
      switch (form.get('grant_type')) {
        case 'authorization_code': {
          const grant = tokens.redeemCode(form.get('code') ?? '', {
            redirectUri: form.get('redirect_uri') ?? '',
            ...(verifier === null ? {} : { codeVerifier: verifier }),
          });
          return grant === undefined
            ? oauthError('invalid_grant', 'missing or unknown auth code', 'BAD_AUTH_CODE')
            : HttpResponse.json(tokenBody(grant));
        }
        case 'refresh_token': {
          const grant = tokens.refresh(form.get('refresh_token') ?? '');
          return grant === undefined
            ? oauthError('invalid_grant', 'missing or invalid refresh token', 'BAD_REFRESH_TOKEN')
            : HttpResponse.json(tokenBody(grant));
        }
        default:
          return oauthError('unsupported_grant_type', 'grant_type is not supported');
      }
    }),
    // Ends the refresh token alone: access tokens live on until they expire.
    http.post(`${hubspotOrigin}/oauth/2026-03/token/revoke`, async ({ request }) => {
      const form = new URLSearchParams(await request.text());
      if (form.get('client_id') === null || !tokens.acceptsClient(form.get('client_secret') ?? '')) {
        return oauthError('invalid_client', 'missing or invalid client credentials');
      }
      tokens.revoke(form.get('token') ?? '');
      return new HttpResponse(null, { status: 204 });
    }),
  ];
}

function tokenBody({ accessToken, refreshToken, scopes, expiresInSeconds }: TokenGrant) {
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: expiresInSeconds ?? 1800,
    token_type: 'bearer',
    token_use: 'access_token',
    hub_id: sandboxPortalId,
    scopes: [...scopes],
  };
}

function oauthError(error: string, description: string, status?: string): Response {
  const body = {
    ...(problemBody({ category: status ?? 'VALIDATION_ERROR', message: description }) as object),
    error,
    error_description: description,
    ...(status === undefined ? {} : { status }),
  };
  return HttpResponse.json(body, { status: 400 });
}

import type { SandboxContext, TokenGrant } from '@onceover/connector-kit/sandbox';
import { http, HttpResponse } from 'msw';
import type Stripe from 'stripe';
import type { StripeState } from '../stripe-state.ts';

export const sandboxAccount = 'acct_sandbox';

/** @see https://docs.stripe.com/stripe-apps/api-authentication/oauth */
export function oauthHandlers({ tokens }: SandboxContext<StripeState>) {
  return [
    // Consent is given at once.
    http.get('*/oauth/v2/authorize', ({ request }) => {
      const asked = new URL(request.url).searchParams;
      const redirectUri = asked.get('redirect_uri') ?? '';
      if (!URL.canParse(redirectUri)) return oauthError(400, 'invalid_request', 'No redirect_uri');
      const target = new URL(redirectUri);
      target.searchParams.set('code', tokens.issueCode({ scopes: ['stripe_apps'], redirectUri }));
      target.searchParams.set('state', asked.get('state') ?? '');
      return new HttpResponse(null, { status: 302, headers: { location: target.href } });
    }),
    http.post('*/v1/oauth/token', async ({ request }) => {
      if (!tokens.acceptsClient(secretKeyOf(request))) {
        return oauthError(401, 'invalid_client', 'No API key provided');
      }
      const form = new URLSearchParams(await request.text());
      switch (form.get('grant_type')) {
        case 'authorization_code':
          return granted(
            tokens.redeemCode(form.get('code') ?? '', { redirectUri: form.get('redirect_uri') ?? '' }),
          );
        case 'refresh_token':
          return granted(tokens.refresh(form.get('refresh_token') ?? ''));
        default:
          return oauthError(400, 'unsupported_grant_type', 'This grant type is not supported');
      }
    }),
  ];
}

/** The secret key is the user of HTTP Basic, without a password. */
function secretKeyOf(request: Request): string {
  const [, encoded = ''] = /^basic (.+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString('utf8').replace(/:.*$/s, '');
}

/** The answer has no `expires_in`, and its scope says nothing about permissions. */
function granted(grant: TokenGrant | undefined) {
  if (grant === undefined) return oauthError(400, 'invalid_grant', 'The code or refresh token is not valid');
  return HttpResponse.json({
    access_token: grant.accessToken,
    livemode: false,
    refresh_token: grant.refreshToken,
    scope: 'stripe_apps',
    stripe_publishable_key: 'pk_test_sandbox',
    stripe_user_id: sandboxAccount,
    token_type: 'bearer',
  } satisfies Stripe.OAuthToken);
}

function oauthError(status: number, error: string, description: string) {
  return HttpResponse.json({ error, error_description: description }, { status });
}

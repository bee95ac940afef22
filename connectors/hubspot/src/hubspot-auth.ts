import type { AuthInput } from '@onceover/contract';

const oauthGuide =
  'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth';

/**
 * OAuth of API version 2026-03. A refresh answer always carries a refresh token; HubSpot does not promise whether it
 * is a new one, so whatever comes back is kept. Access tokens outlive the revocation of their refresh token.
 */
export const hubspotAuth: AuthInput = {
  kind: 'oauth2',
  authorizeUrl: 'https://app.hubspot.com/oauth/authorize',
  tokenUrl: 'https://api.hubapi.com/oauth/2026-03/token',
  revokeUrl: 'https://api.hubapi.com/oauth/2026-03/token/revoke',
  revocation: { style: 'rfc7009', ends: 'refresh' },
  introspectUrl: 'https://api.hubapi.com/oauth/2026-03/token/introspect',
  grants: ['authorization_code', 'refresh_token'],
  pkce: 'accepted',
  clientAuthentication: 'body',
  tokenBody: 'form',
  scopeStyle: 'request',
  grantedFrom: { kind: 'scope-array', pointer: '/scopes' },
  refresh: { rotates: 'sometimes', oldAccessDies: false, graceSeconds: 0 },
  defaultLifetimeSeconds: 1800,
  account: { pointer: '/hub_id' },
  credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
  scopes: {
    oauth: { reason: 'HubSpot wants it in every authorisation.', always: true },
    'crm.objects.contacts.read': {
      reason: 'Finds a contact, reads the one that a webhook names, lists changed ones.',
    },
    'crm.objects.contacts.write': { reason: 'Creates contacts and changes their properties.' },
    'crm.objects.companies.read': {
      reason: 'Finds the company of a domain before one is created, so that there is one.',
    },
    'crm.objects.companies.write': { reason: 'Creates companies and changes their properties.' },
  },
  secrets: [
    {
      name: 'clientSecret',
      per: 'registration',
      // One secret for both: HubSpot signs webhooks with the app's client secret, so both rotate together.
      uses: ['oauth', 'webhook'],
      issuer: 'person',
      // Not confirmed: whether the old secret stays valid for a while. Nothing may depend on it.
      overlap: { mode: 'cutover', seconds: 0 },
      page: 'https://app.hubspot.com/developer-overview',
      steps: [
        'Open the app in the developer account, and its Auth tab.',
        'Rotate the client secret.',
        'Copy the new secret: webhooks are signed with it from then on.',
      ],
      source: oauthGuide,
      verified: false,
    },
  ],
  source: oauthGuide,
};

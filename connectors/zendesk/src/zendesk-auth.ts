import type { ConnectorDefinition } from '@onceover/contract';

const oauthHelp =
  'https://support.zendesk.com/hc/en-us/articles/4408845965210-Using-OAuth-authentication-with-your-application';

/** Every account has a host of its own. */
export const zendeskEgress = ['https://{subdomain}.zendesk.com'] as const;

export const zendeskVariables: NonNullable<ConnectorDefinition['variables']> = {
  subdomain: {
    pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$',
    description: 'The account: acme for https://acme.zendesk.com',
  },
};

/**
 * A refresh ends the access token and the refresh token it replaces at once: calls in flight with the old one get
 * a 401. Lifetimes are what Zendesk gives when a client asks for none.
 */
export const zendeskAuth: ConnectorDefinition['auth'] = {
  kind: 'oauth2',
  authorizeUrl: 'https://{subdomain}.zendesk.com/oauth/authorizations/new',
  tokenUrl: 'https://{subdomain}.zendesk.com/oauth/tokens',
  revokeUrl: 'https://{subdomain}.zendesk.com/api/v2/oauth/tokens/current',
  revocation: { style: 'delete', ends: 'all', proof: '/api/v2/oauth/tokens/current' },
  grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  pkce: 'accepted',
  clientAuthentication: 'body',
  tokenBody: 'json',
  scopeStyle: 'request',
  grantedFrom: { kind: 'scope-string', pointer: '/scope', separator: ' ' },
  refresh: { rotates: 'always', oldAccessDies: true, graceSeconds: 0 },
  defaultLifetimeSeconds: 1800,
  credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
  scopes: {
    'users:read': { reason: "Reads the requester's e-mail address, which tickets carry only as an id." },
    'users:write': { reason: 'Creates end users and changes those with the same e-mail address.' },
    'tickets:read': {
      reason: 'Finds tickets by external id and comments by our reference, so that neither is made twice.',
    },
    'tickets:write': { reason: 'Opens and changes tickets and adds comments to them.' },
    'webhooks:read': {
      reason: 'Sees which webhooks the account has, so that ours is there once, and what signs it.',
    },
    'webhooks:write': {
      reason: 'Makes the webhook that calls us, has its signing secret replaced, removes it at the end.',
    },
  },
  secrets: [
    {
      name: 'clientSecret',
      per: 'registration',
      uses: ['oauth'],
      issuer: 'person',
      overlap: { mode: 'cutover', seconds: 0 },
      page: 'https://support.zendesk.com/hc/en-us/articles/4408845965210',
      steps: [
        'In Admin Center open Apps and integrations > APIs > OAuth clients and choose the client.',
        'Choose Regenerate next to Secret and copy the new secret: it is shown once.',
      ],
      source: oauthHelp,
      verified: false,
    },
    {
      // Read through the API when the webhook is made, and reset there when it is rotated.
      name: 'webhookSecret',
      per: 'connection',
      uses: ['webhook'],
      issuer: 'vendor',
      overlap: { mode: 'cutover', seconds: 0 },
      source:
        'https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/#reset-webhook-signing-secret',
      verified: false,
    },
  ],
  source: 'https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/',
};

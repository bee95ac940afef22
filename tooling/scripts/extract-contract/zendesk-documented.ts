/**
 * What Zendesk's reference pages say where the split OpenAPI file says nothing: property names, types and enums
 * alone. `x-documented-at` is the page.
 */

const reference = 'https://developer.zendesk.com/api-reference';
const tickets = `${reference}/ticketing/tickets/tickets/`;
const comments = `${reference}/ticketing/tickets/ticket_comments/`;

const text = { type: 'string' };
const id = { type: 'integer' };
const sideLoading = {
  include: {
    schema: {
      type: 'string',
      enum: ['users'],
      'x-documented-at':
        'https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/',
    },
  },
};

/** Query parameters by call. */
export const documentedQuery: Readonly<Record<string, Record<string, unknown>>> = {
  'GET /api/v2/tickets': sideLoading,
  'GET /api/v2/tickets/{ticketId}': sideLoading,
  'GET /api/v2/tickets/{ticketId}/comments': {
    'page[size]': {
      schema: {
        type: 'integer',
        minimum: 1,
        maximum: 100,
        'x-documented-at': `${reference}/introduction/pagination/`,
      },
    },
    'page[after]': { schema: { ...text, 'x-documented-at': `${reference}/introduction/pagination/` } },
    sort: { schema: { type: 'string', enum: ['created_at', '-created_at'], 'x-documented-at': comments } },
  },
};

/** Every error: https://developer.zendesk.com/api-reference/introduction/requests/#response-format */
export const errorAnswer = {
  type: 'object',
  required: ['error'],
  properties: {
    error: { type: ['string', 'object'] },
    description: text,
    error_description: text,
    details: {
      type: 'object',
      additionalProperties: {
        type: 'array',
        items: { type: 'object', properties: { description: text, error: text }, required: ['description'] },
      },
    },
  },
  'x-documented-at': `${reference}/introduction/requests/#response-format`,
};

const writableTicket = {
  assignee_id: { type: ['integer', 'null'] },
  brand_id: id,
  comment: {
    type: 'object',
    additionalProperties: false,
    properties: {
      body: text,
      html_body: text,
      public: { type: 'boolean' },
      author_id: id,
      uploads: { type: 'array' },
    },
  },
  custom_fields: {
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['id', 'value'],
      properties: { id, value: {} },
    },
  },
  custom_status_id: id,
  due_at: { type: ['string', 'null'] },
  external_id: { type: ['string', 'null'] },
  group_id: { type: ['integer', 'null'] },
  metadata: { type: 'object' },
  priority: { type: ['string', 'null'], enum: ['urgent', 'high', 'normal', 'low', null] },
  requester: {
    type: 'object',
    additionalProperties: false,
    required: ['email'],
    properties: { name: text, email: text, locale_id: id },
  },
  requester_id: id,
  status: { type: 'string', enum: ['new', 'open', 'pending', 'hold', 'solved', 'closed'] },
  subject: text,
  tags: { type: 'array', items: text },
  ticket_form_id: id,
  type: { type: ['string', 'null'], enum: ['problem', 'incident', 'question', 'task', null] },
};

export const documentedSchemas: Readonly<Record<string, Record<string, unknown>>> = {
  TicketCreateRequest: envelope('ticket', {
    type: 'object',
    additionalProperties: false,
    required: ['comment'],
    properties: writableTicket,
    'x-documented-at': `${tickets}#create-ticket`,
  }),
  TicketUpdateRequest: envelope('ticket', {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    properties: writableTicket,
    'x-documented-at': `${tickets}#update-ticket`,
  }),
  UserRequest: envelope('user', {
    type: 'object',
    additionalProperties: false,
    properties: {
      email: text,
      external_id: text,
      name: text,
      phone: text,
      skip_verify_email: { type: 'boolean' },
      user_fields: { type: 'object' },
    },
    'x-documented-at': `${reference}/ticketing/users/users/#create-or-update-user`,
  }),
  AuditObject: {
    type: 'object',
    required: ['id', 'ticket_id', 'created_at', 'author_id', 'metadata', 'events', 'via'],
    properties: {
      id,
      ticket_id: id,
      created_at: text,
      author_id: id,
      metadata: { $ref: 'Metadata' },
      events: {
        type: 'array',
        items: { type: 'object', required: ['id', 'type'], properties: { id, type: text } },
      },
      via: { type: 'object', required: ['channel'] },
    },
    'x-documented-at': `${reference}/ticketing/tickets/ticket_audits/#json-format`,
  },
  TicketCommentObject: {
    type: 'object',
    required: [
      'id',
      'type',
      'author_id',
      'body',
      'public',
      'attachments',
      'audit_id',
      'created_at',
      'metadata',
    ],
    properties: {
      id,
      type: { type: 'string', enum: ['Comment', 'VoiceComment'] },
      author_id: id,
      body: text,
      html_body: text,
      plain_body: text,
      public: { type: 'boolean' },
      attachments: { type: 'array' },
      audit_id: id,
      created_at: text,
      metadata: { $ref: 'Metadata' },
      via: { type: 'object' },
    },
    'x-documented-at': `${comments}#json-format`,
  },
  // `custom` is documented for audits; that comments show it too is seen in public clients of the API.
  Metadata: {
    type: 'object',
    required: ['system'],
    properties: { system: { type: 'object' }, custom: { type: 'object' } },
    'x-documented-at': `${reference}/ticketing/tickets/ticket_audits/#json-format`,
  },
  GrantTypeTokenRequest: {
    type: 'object',
    additionalProperties: false,
    required: ['grant_type', 'client_id'],
    properties: {
      grant_type: { type: 'string', enum: ['authorization_code', 'refresh_token', 'client_credentials'] },
      client_id: text,
      client_secret: text,
      code: text,
      code_verifier: text,
      expires_in: id,
      redirect_uri: text,
      refresh_token: text,
      refresh_token_expires_in: id,
      scope: text,
    },
    'x-documented-at': `${reference}/ticketing/oauth/grant_type_tokens/`,
  },
  OAuthTokenForGrantTypesObject: {
    type: 'object',
    required: [
      'access_token',
      'refresh_token',
      'token_type',
      'scope',
      'expires_in',
      'refresh_token_expires_in',
    ],
    properties: {
      access_token: text,
      refresh_token: text,
      token_type: { type: 'string', enum: ['bearer'] },
      scope: text,
      expires_in: { type: ['integer', 'null'] },
      refresh_token_expires_in: { type: ['integer', 'null'] },
    },
    'x-documented-at': `${reference}/ticketing/oauth/grant_type_tokens/`,
  },
};

const webhooks = `${reference}/webhooks/webhooks-api/webhooks/`;

const writableWebhook = {
  name: text,
  endpoint: text,
  http_method: { type: 'string', enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
  request_format: { type: 'string', enum: ['json', 'xml', 'form_encoded'] },
  status: { type: 'string', enum: ['active', 'inactive'] },
  subscriptions: { type: 'array', items: text },
  description: text,
  authentication: { type: 'object' },
  custom_headers: { type: 'object' },
};
const webhook = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'name', 'endpoint', 'http_method', 'request_format', 'status', 'created_at', 'created_by'],
  properties: {
    ...writableWebhook,
    id: text,
    created_at: text,
    created_by: text,
    updated_at: text,
    updated_by: text,
    external_source: { type: ['object', 'null'] },
    signing_secret: { type: 'object' },
  },
  'x-documented-at': `${webhooks}#json-format`,
};
const anyCall = { default: errorAnswer };

/** Calls of an API that the split OpenAPI file does not have at all. */
export const documentedOperations: Readonly<Record<string, Record<string, unknown>>> = {
  'GET /api/v2/webhooks': {
    query: {
      'page[size]': { schema: { type: 'integer', minimum: 1, maximum: 100 } },
      'page[after]': { schema: text },
    },
    responses: {
      200: {
        type: 'object',
        required: ['webhooks', 'meta'],
        properties: {
          webhooks: { type: 'array', items: webhook },
          meta: {
            type: 'object',
            required: ['has_more'],
            properties: {
              has_more: { type: 'boolean' },
              after_cursor: { type: ['string', 'null'] },
              before_cursor: { type: ['string', 'null'] },
            },
          },
          links: { type: 'object' },
        },
        'x-documented-at': `${webhooks}#list-webhooks`,
      },
      ...anyCall,
    },
  },
  'POST /api/v2/webhooks': {
    query: {},
    request: {
      contentType: 'application/json',
      required: true,
      schema: envelope('webhook', {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'endpoint', 'http_method', 'request_format', 'status'],
        properties: writableWebhook,
        'x-documented-at': `${webhooks}#create-or-clone-webhook`,
      }),
    },
    responses: { 201: envelope('webhook', webhook), ...anyCall },
  },
  'DELETE /api/v2/webhooks/{webhookId}': { query: {}, responses: { 204: null, ...anyCall } },
  'GET /api/v2/webhooks/{webhookId}/signing_secret': {
    query: {},
    responses: { 200: signingSecret('show-webhook-signing-secret'), ...anyCall },
  },
  'POST /api/v2/webhooks/{webhookId}/signing_secret': {
    query: {},
    responses: { 201: signingSecret('reset-webhook-signing-secret'), ...anyCall },
  },
};

function signingSecret(anchor: string): Record<string, unknown> {
  return envelope('signing_secret', {
    type: 'object',
    required: ['algorithm', 'secret'],
    properties: { algorithm: text, secret: text },
    'x-documented-at': `${webhooks}#${anchor}`,
  });
}

function envelope(name: string, record: Record<string, unknown>): Record<string, unknown> {
  return { type: 'object', additionalProperties: false, required: [name], properties: { [name]: record } };
}

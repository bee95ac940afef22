import type { JsonValue } from '@onceover/contract';
import type { StoredComment, StoredTicket, StoredUser } from './zendesk-state.ts';

/**
 * Records as Zendesk's API shows them: every key of its documented examples.
 * https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#json-format and its siblings
 */

export const sandboxOrigin = 'https://acme.zendesk.com';

const via = { channel: 'api', source: { from: {}, to: {}, rel: null } } as const;

export function ticketJson(ticket: StoredTicket): Record<string, JsonValue> {
  return {
    url: `${sandboxOrigin}/api/v2/tickets/${ticket.id}.json`,
    id: ticket.id,
    external_id: ticket.external_id,
    via,
    created_at: ticket.created_at,
    updated_at: ticket.updated_at,
    generated_timestamp: Math.floor(Date.parse(ticket.updated_at) / 1000),
    type: ticket.type,
    subject: ticket.subject,
    raw_subject: ticket.subject,
    description: ticket.description,
    priority: ticket.priority,
    status: ticket.status,
    recipient: null,
    requester_id: ticket.requester_id,
    submitter_id: ticket.submitter_id,
    assignee_id: ticket.assignee_id,
    organization_id: null,
    group_id: ticket.group_id,
    collaborator_ids: [],
    follower_ids: [],
    email_cc_ids: [],
    problem_id: null,
    has_incidents: false,
    is_public: true,
    due_at: null,
    tags: ticket.tags,
    custom_fields: ticket.custom_fields,
    satisfaction_rating: null,
    sharing_agreement_ids: [],
  };
}

export function userJson(user: StoredUser): Record<string, JsonValue> {
  const isAgent = user.role === 'agent';
  return {
    id: user.id,
    url: `${sandboxOrigin}/api/v2/users/${user.id}.json`,
    name: user.name,
    email: user.email,
    created_at: user.created_at,
    updated_at: user.updated_at,
    time_zone: 'Berlin',
    phone: user.phone,
    photo: null,
    locale_id: 1,
    locale: 'en-US',
    organization_id: null,
    role: user.role,
    verified: isAgent,
    external_id: null,
    tags: [],
    alias: null,
    active: true,
    shared: false,
    shared_agent: false,
    last_login_at: null,
    role_type: null,
    signature: null,
    details: null,
    notes: null,
    custom_role_id: null,
    moderator: isAgent,
    ticket_restriction: isAgent ? null : 'requested',
    only_private_comments: false,
    restricted_agent: !isAgent,
    suspended: false,
    user_fields: user.user_fields,
  };
}

export function commentJson(comment: StoredComment): Record<string, JsonValue> {
  return {
    id: comment.id,
    type: 'Comment',
    author_id: comment.author_id,
    body: comment.body,
    html_body: `<div class="zd-comment" dir="auto">${escapeHtml(comment.body)}</div>`,
    plain_body: comment.body,
    public: comment.public,
    attachments: [],
    audit_id: comment.audit_id,
    via,
    created_at: comment.created_at,
    metadata: comment.metadata,
  };
}

/** The audit in the answer to an update. */
export function auditJson(audit: {
  id: number;
  ticketId: number;
  authorId: number;
  at: string;
  events: readonly Record<string, JsonValue>[];
  metadata: StoredComment['metadata'];
}): Record<string, JsonValue> {
  return {
    id: audit.id,
    ticket_id: audit.ticketId,
    created_at: audit.at,
    author_id: audit.authorId,
    metadata: audit.metadata,
    events: audit.events,
    via,
  };
}

export function commentEvent(comment: StoredComment): Record<string, JsonValue> {
  const { audit_id, author_id, body, html_body, plain_body, public: isPublic } = commentJson(comment);
  return {
    id: comment.id,
    type: 'Comment',
    author_id: author_id ?? null,
    body: body ?? null,
    html_body: html_body ?? null,
    plain_body: plain_body ?? null,
    public: isPublic ?? null,
    attachments: [],
    audit_id: audit_id ?? null,
  };
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

import type { JsonValue } from '@onceover/contract';

/** What the fake account keeps, in Zendesk's own words. */

export interface StoredUser {
  id: number;
  name: string;
  email: string | null;
  phone: string | null;
  user_fields: Record<string, JsonValue>;
  role: 'end-user' | 'agent';
  created_at: string;
  updated_at: string;
}

export interface StoredTicket {
  id: number;
  external_id: string | null;
  subject: string | null;
  description: string;
  status: 'new' | 'open' | 'pending' | 'hold' | 'solved' | 'closed' | 'deleted';
  priority: 'low' | 'normal' | 'high' | 'urgent' | null;
  type: 'problem' | 'incident' | 'question' | 'task' | null;
  requester_id: number;
  submitter_id: number;
  assignee_id: number | null;
  group_id: number | null;
  tags: string[];
  custom_fields: { id: number; value: JsonValue }[];
  created_at: string;
  updated_at: string;
}

export interface StoredComment {
  id: number;
  audit_id: number;
  ticket_id: number;
  author_id: number;
  body: string;
  public: boolean;
  created_at: string;
  metadata: { system: Record<string, JsonValue>; custom: Record<string, JsonValue> };
}

export interface StoredWebhook {
  id: string;
  name: string;
  endpoint: string;
  http_method: 'POST';
  request_format: 'json';
  status: 'active' | 'inactive';
  subscriptions: string[];
  created_at: string;
  updated_at: string;
}

export interface ZendeskState {
  accountId: number;
  /** The service account behind every access token: who acts, and the connection's identity. */
  agentId: number;
  users: Map<number, StoredUser>;
  tickets: Map<number, StoredTicket>;
  /** Ids by e-mail address in lower case, and by external id. */
  userIds: Map<string, number>;
  ticketIds: Map<string, number[]>;
  /** In the order in which they were written. */
  comments: StoredComment[];
  webhooks: StoredWebhook[];
}

export const sandboxAccountId = 12514403;
export const sandboxAgentId = 35436;

export function createZendeskState(): ZendeskState {
  const since = '2026-01-05T09:00:00Z';
  const agent: StoredUser = {
    id: sandboxAgentId,
    name: 'Onceover',
    email: 'onceover@acme.example',
    phone: null,
    user_fields: {},
    role: 'agent',
    created_at: since,
    updated_at: since,
  };
  const state: ZendeskState = {
    accountId: sandboxAccountId,
    agentId: sandboxAgentId,
    users: new Map(),
    tickets: new Map(),
    userIds: new Map(),
    ticketIds: new Map(),
    comments: [],
    webhooks: [],
  };
  putUser(state, agent);
  return state;
}

export function putUser(state: ZendeskState, user: StoredUser): void {
  state.users.set(user.id, user);
  if (user.email !== null) state.userIds.set(user.email, user.id);
}

export function putTicket(state: ZendeskState, ticket: StoredTicket): void {
  state.tickets.set(ticket.id, ticket);
  const { external_id: externalId } = ticket;
  if (externalId === null) return;
  const ids = state.ticketIds.get(externalId) ?? [];
  if (!ids.includes(ticket.id)) state.ticketIds.set(externalId, [...ids, ticket.id]);
}

/** External ids need not be unique at Zendesk. */
export function findTickets(state: ZendeskState, externalId: string): readonly StoredTicket[] {
  const ids = state.ticketIds.get(externalId) ?? [];
  return ids
    .map((id) => state.tickets.get(id))
    .filter((ticket) => ticket !== undefined)
    .filter((ticket) => ticket.external_id === externalId);
}

/** Zendesk keeps e-mail addresses in lower case and compares them so. */
export function findUserByEmail(state: ZendeskState, email: string): StoredUser | undefined {
  const id = state.userIds.get(email.trim().toLowerCase());
  return id === undefined ? undefined : state.users.get(id);
}

/** Times at Zendesk have no fraction. */
export function secondsText(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}

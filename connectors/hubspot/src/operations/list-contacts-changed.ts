import { parseAnswer } from '@onceover/connector-kit';
import {
  crm,
  type HttpClient,
  implement,
  type StoredContact,
  UpstreamError,
  ValidationError,
} from '@onceover/contract';
import { z } from 'zod';
import {
  contactAnswerSchema,
  contactFromAnswer,
  contactProperties,
  contactsPath,
} from '../hubspot-contacts.ts';

const pageSize = 100;
/** HubSpot's search does not go further. */
const furthestOffset = 10_000;

const pageSchema = z.object({
  results: z.array(contactAnswerSchema),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});

/**
 * Contacts changed at or after an instant, oldest change first. Offsets move while contacts change, and HubSpot
 * allows 10,000 of them: so each page but the last ends before its last instant, and the next one starts there.
 */
export const listContactsChanged = implement(crm.contacts.listChanged, {
  scopes: ['crm.objects.contacts.read'],
  reads: ['POST /crm/objects/2026-03/contacts/search'],
  source: 'https://developers.hubspot.com/docs/api-reference/2026-03/crm/search-the-crm',

  async run({ input: { since, cursor }, http }) {
    const from = cursor === undefined ? { since: String(Date.parse(since)), after: '0' } : readCursor(cursor);
    const { contacts, next } = await fetchPage(http, from);
    const last = contacts.at(-1);
    if (next === undefined || last === undefined) return { contacts, cursor: null };
    const whole = contacts.filter(({ updatedAt }) => updatedAt !== last.updatedAt);
    if (whole.length > 0) return { contacts: whole, cursor: `${changedAt(last)}:0` };
    // A whole page of one instant (an import): only offsets lead on.
    if (Number(from.after) + pageSize >= furthestOffset) {
      throw new UpstreamError('HubSpot does not list more than 10,000 contacts changed in one instant', {
        code: 'too_many_results',
        retry: 'never',
      });
    }
    return { contacts, cursor: `${from.since}:${next}` };
  },
});

interface Position {
  /** Milliseconds since 1970, as text. */
  since: string;
  /** HubSpot's offset into the search from there. */
  after: string;
}

async function fetchPage(
  http: HttpClient,
  { since, after }: Position,
): Promise<{ contacts: StoredContact[]; next: string | undefined }> {
  // https://developers.hubspot.com/docs/api-reference/2026-03/crm/search-the-crm
  const { json } = await http.request({
    method: 'POST',
    path: `${contactsPath}/search`,
    json: {
      filterGroups: [{ filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: since }] }],
      sorts: ['lastmodifieddate'],
      properties: contactProperties,
      limit: pageSize,
      after,
    },
  });
  const { results, paging } = parseAnswer(pageSchema, json, 'a page of contacts');
  return { contacts: results.map(contactFromAnswer), next: paging?.next?.after };
}

function changedAt({ updatedAt }: StoredContact): number {
  if (updatedAt !== undefined) return Date.parse(updatedAt);
  throw new UpstreamError('HubSpot listed a contact without the time of its change', {
    code: 'unexpected_answer',
  });
}

function readCursor(cursor: string): Position {
  if (!/^\d{1,15}:\d{1,5}$/.test(cursor)) {
    throw new ValidationError('The cursor is not one that this operation gave', { path: '/cursor' });
  }
  const colon = cursor.indexOf(':');
  return { since: cursor.slice(0, colon), after: cursor.slice(colon + 1) };
}

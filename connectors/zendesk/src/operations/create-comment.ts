import { pages } from '@onceover/connector-kit';
import {
  type Comment,
  ConflictError,
  type HttpClient,
  implement,
  type KeyedRecord,
  lookup,
  type OperationContext,
  type RecordOutcome,
  support,
} from '@onceover/contract';
import { z } from 'zod';
import { isClosedTicket, readAnswer, readProblem, rejectedRecord } from '../zendesk-errors.ts';
import { idSchema } from '../zendesk-records.ts';

const commentPageSchema = z.object({
  comments: z.array(
    z.object({
      id: idSchema,
      metadata: z.object({ custom: z.record(z.string(), z.unknown()).nullish() }).nullish(),
    }),
  ),
  meta: z.object({ has_more: z.boolean().nullish(), after_cursor: z.string().nullish() }).nullish(),
});

const answerSchema = z.object({
  audit: z.object({ events: z.array(z.object({ id: idSchema, type: z.string() })) }),
});

/**
 * A comment is an update of its ticket, and Zendesk keeps no key with it. Our reference goes into the update's
 * metadata, which the comment shows as `metadata.custom`: it is looked for before writing and after a lost answer.
 * (The ticket's audits show it too, for the scope `read` on everything.)
 */
export const createComment = implement(support.comments.create, {
  guarantee: lookup('metadata.custom.onceover_reference', { lagSeconds: 0 }),
  scopes: ['tickets:read', 'tickets:write'],
  reads: ['GET /api/v2/tickets/{id}/comments'],
  writes: ['PUT /api/v2/tickets/{id}'],
  source: 'https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/',
  async run(context) {
    const outcomes: RecordOutcome[] = [];
    for (const record of context.records) {
      const vendorId = await findComment(record, context);
      outcomes.push(
        vendorId === null ? await addComment(record, context.http) : { outcome: 'unchanged', vendorId },
      );
    }
    return outcomes;
  },
  async lookup(context) {
    const found: (string | null)[] = [];
    for (const record of context.records) found.push(await findComment(record, context));
    return found;
  },
});

/** Newest first: what is looked for was written a moment ago, or not at all. */
async function findComment(
  { record, naturalKey }: KeyedRecord<Comment>,
  { http, signal }: Pick<OperationContext, 'http' | 'signal'>,
): Promise<string | null> {
  const path = `/api/v2/tickets/${encodeURIComponent(record.ticket.vendorId)}/comments`;
  const list = pages(async (cursor: string | undefined) => {
    // https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/#list-comments
    const response = await http.request({
      method: 'GET',
      path,
      query: { 'page[size]': '100', sort: '-created_at', 'page[after]': cursor },
    });
    const { comments, meta } = readAnswer(commentPageSchema, response);
    const isLast = comments.length === 0 || meta?.has_more === false;
    return { items: comments, next: isLast ? undefined : meta?.after_cursor };
  }, signal);
  for await (const comments of list) {
    const found = comments.find(({ metadata }) => metadata?.custom?.['onceover_reference'] === naturalKey);
    if (found !== undefined) return found.id;
  }
  return null;
}

async function addComment(
  { record, naturalKey }: KeyedRecord<Comment>,
  http: HttpClient,
): Promise<RecordOutcome> {
  // https://developer.zendesk.com/documentation/ticketing/managing-tickets/creating-and-updating-tickets/#setting-metadata
  const response = await http.request({
    method: 'PUT',
    path: `/api/v2/tickets/${encodeURIComponent(record.ticket.vendorId)}`,
    json: {
      ticket: {
        comment: { body: record.body, public: record.public },
        metadata: { onceover_reference: naturalKey },
      },
    },
    accept: [422],
  });
  if (response.status === 422) {
    const problem = readProblem(response.json);
    throw isClosedTicket(problem)
      ? new ConflictError(`Zendesk's ticket ${record.ticket.vendorId} is closed and takes no more comments`, {
          code: 'ticket_closed',
        })
      : rejectedRecord(problem, { comment: '/body' });
  }
  const comment = answerSchema
    .safeParse(response.json)
    .data?.audit.events.find(({ type }) => type === 'Comment');
  return comment === undefined
    ? { outcome: 'outcome_unknown', reason: 'Zendesk accepted the update and did not show the comment' }
    : { outcome: 'created', vendorId: comment.id };
}

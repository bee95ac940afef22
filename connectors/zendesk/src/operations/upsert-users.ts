import { implement, naturalKey, type RecordOutcome, support } from '@onceover/contract';
import { z } from 'zod';
import { readProblem, rejectedRecord } from '../zendesk-errors.ts';
import { zendeskUserSchema } from '../zendesk-records.ts';

const answerSchema = z.object({ user: zendeskUserSchema });

/** Where Zendesk's complaints lie in our record. */
const paths = { email: '/email', name: '/name', phone: '/phone' };

/**
 * Zendesk finds the user by e-mail address, whatever its case, and says by 201 or 200 which it was. `vendor` holds
 * custom user fields by their keys; roles and passwords cannot be set through it.
 */
export const upsertUsers = implement(support.users.upsert, {
  guarantee: naturalKey('email'),
  scopes: ['users:write'],
  reads: [],
  writes: ['POST /api/v2/users/create_or_update'],
  source: 'https://developer.zendesk.com/api-reference/ticketing/users/users/#create-or-update-user',
  async run({ records, http }) {
    const outcomes: RecordOutcome[] = [];
    for (const { record, naturalKey: email } of records) {
      // https://developer.zendesk.com/api-reference/ticketing/users/users/#create-or-update-user
      const response = await http.request({
        method: 'POST',
        path: '/api/v2/users/create_or_update',
        json: {
          user: {
            email,
            name: record.name,
            ...(record.phone === undefined ? {} : { phone: record.phone }),
            ...(record.vendor === undefined ? {} : { user_fields: record.vendor }),
            // Without it Zendesk writes to every person it meets for the first time.
            skip_verify_email: true,
          },
        },
        accept: [422],
      });
      if (response.status === 422) throw rejectedRecord(readProblem(response.json), paths);
      const answer = answerSchema.safeParse(response.json);
      outcomes.push(
        answer.success
          ? { outcome: response.status === 201 ? 'created' : 'updated', vendorId: answer.data.user.id }
          : { outcome: 'outcome_unknown', reason: 'Zendesk accepted the user and did not tell its id' },
      );
    }
    return outcomes;
  },
});

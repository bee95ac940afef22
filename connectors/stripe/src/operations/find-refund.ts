import { type HttpClient, UpstreamError } from '@onceover/contract';
import { parseAnswer } from '../stripe-errors.ts';
import { externalId, pageSchema, refundAnswerSchema, type RefundAnswer } from '../stripe-objects.ts';
import type { RefundedPayment } from './refunded-payment.ts';

const listPage = pageSchema(refundAnswerSchema);
const longestList = 100;

/** Statuses of a refund that gave nothing back. */
export function gaveNothing({ status }: RefundAnswer): boolean {
  return status === 'failed' || status === 'canceled';
}

/**
 * The refund of this payment that carries our reference and was not given up. Lists do not lag, as searches do.
 * @see https://docs.stripe.com/api/refunds/list
 */
export async function findRefund(
  http: HttpClient,
  payment: RefundedPayment,
  reference: string,
): Promise<RefundAnswer | undefined> {
  let after: string | undefined;
  for (let page = 0; page < longestList; page += 1) {
    const { json } = await http.request({
      method: 'GET',
      path: '/v1/refunds',
      query: { [payment.parameter]: payment.id, limit: '100', starting_after: after },
    });
    const { data, has_more: hasMore } = parseAnswer(listPage, json, 'list of refunds');
    const found = data.find((refund) => refund.metadata?.[externalId] === reference && !gaveNothing(refund));
    if (found !== undefined) return found;
    const last = data.at(-1)?.id;
    if (hasMore !== true || last === undefined) return undefined;
    if (last === after) break;
    after = last;
  }
  throw new UpstreamError(`Stripe’s list of refunds of ${payment.id} does not end`, { retry: 'never' });
}

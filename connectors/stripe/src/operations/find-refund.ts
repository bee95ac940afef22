import { pages } from '@onceover/connector-kit';
import type { OperationContext } from '@onceover/contract';
import { parseAnswer } from '../stripe-errors.ts';
import { externalId, pageSchema, refundAnswerSchema, type RefundAnswer } from '../stripe-objects.ts';
import type { RefundedPayment } from './refunded-payment.ts';

const listPage = pageSchema(refundAnswerSchema);

/** True for a refund that gave nothing back. */
export function gaveNothing({ status }: RefundAnswer): boolean {
  return status === 'failed' || status === 'canceled';
}

/**
 * The refund of this payment that carries our reference and was not given up. Lists do not lag, as searches do.
 * @see https://docs.stripe.com/api/refunds/list
 */
export async function findRefund(
  { http, signal }: Pick<OperationContext, 'http' | 'signal'>,
  payment: RefundedPayment,
  reference: string,
): Promise<RefundAnswer | undefined> {
  const list = pages<RefundAnswer, string>(async (after) => {
    const { json } = await http.request({
      method: 'GET',
      path: '/v1/refunds',
      query: { [payment.parameter]: payment.id, limit: '100', starting_after: after },
    });
    const { data, has_more: hasMore } = parseAnswer(listPage, json, 'a list of refunds');
    return { items: data, next: hasMore === true ? data.at(-1)?.id : undefined };
  }, signal);
  for await (const refunds of list) {
    const found = refunds.find(
      (refund) => refund.metadata?.[externalId] === reference && !gaveNothing(refund),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

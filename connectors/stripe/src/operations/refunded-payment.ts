import { type HttpClient, type Money, ValidationError } from '@onceover/contract';
import { parseAnswer } from '../stripe-errors.ts';
import { stripeMoney } from '../stripe-money.ts';
import { paymentAnswerSchema } from '../stripe-objects.ts';

export interface RefundedPayment {
  /** Name of the parameter that says which payment. */
  parameter: 'payment_intent' | 'charge';
  /** The resource that holds it. */
  resource: 'payment_intents' | 'charges';
  id: string;
}

/**
 * Stripe's ids say what they are: `pi_` a payment intent, `ch_` and `py_` a charge.
 * @throws {ValidationError} for any other id
 */
export function refundedPayment(id: string): RefundedPayment {
  if (id.startsWith('pi_')) return { parameter: 'payment_intent', resource: 'payment_intents', id };
  if (id.startsWith('ch_') || id.startsWith('py_')) return { parameter: 'charge', resource: 'charges', id };
  throw new ValidationError(
    'The payment must be a payment intent (pi_…) or a charge (ch_…, py_…) of Stripe',
    {
      path: '/payment',
    },
  );
}

/**
 * The amount in minor units. A refund carries no currency: Stripe takes the number as minor units of the payment's,
 * so that one is read first.
 * @throws {ValidationError} when the currencies differ or the amount is not above zero
 */
export async function refundAmount(
  http: HttpClient,
  payment: RefundedPayment,
  amount: Money,
): Promise<string> {
  const units = stripeMoney.encode(amount);
  if (BigInt(units) <= 0n) throw new ValidationError('A refund must be above zero', { path: '/amount' });
  // https://docs.stripe.com/api/payment_intents/retrieve and https://docs.stripe.com/api/charges/retrieve
  const { json } = await http.request({
    method: 'GET',
    path: `/v1/${payment.resource}/${encodeURIComponent(payment.id)}`,
  });
  const { currency } = parseAnswer(paymentAnswerSchema, json, 'a payment');
  if (currency.toUpperCase() !== amount.currency) {
    throw new ValidationError(
      `The payment is in ${currency.toUpperCase()}: Stripe cannot give ${amount.currency} of it back`,
      { path: '/amount/currency' },
    );
  }
  return units;
}

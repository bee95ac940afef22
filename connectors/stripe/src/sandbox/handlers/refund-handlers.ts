import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import { http } from 'msw';
import { z } from 'zod';
import { eventObject } from '../objects/event-object.ts';
import { listObject } from '../objects/list-objects.ts';
import { chargeObject, paymentIntentObject, type StoredPayment } from '../objects/payment-objects.ts';
import { refundObject, type StoredRefund } from '../objects/refund-object.ts';
import { checkVersion, readForm, readQuery } from '../read-request.ts';
import { answering, missing, StripeRequestError } from '../stripe-request-error.ts';
import { refundedOf, type StripeState } from '../stripe-state.ts';

const refundForm = z.strictObject({
  payment_intent: z.string().optional(),
  charge: z.string().optional(),
  amount: z.coerce.number().int().positive().optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  instructions_email: z.email().optional(),
  metadata: z.record(z.string().max(40), z.string().max(500)).default({}),
});

const listQuery = z.strictObject({
  payment_intent: z.string().optional(),
  charge: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(10),
  starting_after: z.string().optional(),
});

/** Currencies whose amounts must end in zeros: https://docs.stripe.com/currencies#special-cases */
const multiples: Readonly<Record<string, number>> = {
  bhd: 10,
  jod: 10,
  kwd: 10,
  omr: 10,
  tnd: 10,
  isk: 100,
  ugx: 100,
};

/** @see https://docs.stripe.com/api/refunds */
export function refundHandlers(context: SandboxContext<StripeState>) {
  const { state, clock } = context;
  const paymentOf = ({ payment_intent: intent, charge }: { payment_intent?: string; charge?: string }) => {
    const found = state.payments.find((payment) =>
      intent === undefined ? payment.charge === charge : payment.paymentIntent === intent,
    );
    if (found !== undefined) return found;
    throw intent === undefined
      ? missing('charge', charge ?? '', 'charge', 400)
      : missing('payment_intent', intent, 'payment_intent', 400);
  };

  return [
    http.post('*/v1/refunds', ({ request }) =>
      answering(async () => {
        const form = await readForm(request, refundForm);
        if ((form.payment_intent === undefined) === (form.charge === undefined)) {
          throw new StripeRequestError(400, {
            message:
              'One of the following params should be provided for this request: payment_intent or charge.',
          });
        }
        const payment = paymentOf(withoutUndefined(form));
        const amount = form.amount ?? payment.amount - refundedOf(state, payment);
        checkAmount(state, payment, amount);
        const refund: StoredRefund = {
          id: `re_sandbox${context.nextId()}`,
          created: Math.floor(clock.now().getTime() / 1000),
          amount,
          currency: payment.currency,
          charge: payment.charge,
          paymentIntent: payment.paymentIntent,
          reason: form.reason ?? null,
          status: payment.refundsEnd,
          metadata: form.metadata,
        };
        state.refunds.push(refund);
        const object = refundObject(refund);
        context.ledger.record({
          resource: 'refunds',
          naturalKey: refund.metadata['external_id'] ?? refund.id,
          vendorId: refund.id,
          action: 'created',
          values: object,
        });
        context.emit(
          eventObject({
            id: `evt_sandbox${context.nextId()}`,
            type: 'refund.created',
            created: refund.created,
            object,
            idempotencyKey: request.headers.get('idempotency-key'),
          }),
        );
        return object;
      }),
    ),
    http.get('*/v1/refunds', ({ request }) =>
      answering(() => {
        const query = readQuery(request, listQuery);
        // Newest first, as all of Stripe's lists.
        const all = state.refunds
          .filter(
            (refund) =>
              (query.payment_intent === undefined || refund.paymentIntent === query.payment_intent) &&
              (query.charge === undefined || refund.charge === query.charge),
          )
          .toReversed();
        const start = all.findIndex(({ id }) => id === query.starting_after) + 1;
        const page = all.slice(start, start + query.limit);
        return listObject('/v1/refunds', page.map(refundObject), start + query.limit < all.length);
      }),
    ),
    http.get('*/v1/payment_intents/:id', ({ request, params }) =>
      answering(() => {
        checkVersion(request);
        const id = String(params['id']);
        const found = state.payments.find(({ paymentIntent }) => paymentIntent === id);
        if (found === undefined) throw missing('payment_intent', id, 'intent');
        return paymentIntentObject(found, id);
      }),
    ),
    http.get('*/v1/charges/:id', ({ request, params }) =>
      answering(() => {
        checkVersion(request);
        const id = String(params['id']);
        const found = state.payments.find(({ charge }) => charge === id);
        if (found === undefined) throw missing('charge', id);
        return chargeObject(found, refundedOf(state, found));
      }),
    ),
  ];
}

function checkAmount(state: StripeState, payment: StoredPayment, amount: number): void {
  const left = payment.amount - refundedOf(state, payment);
  if (left === 0) {
    throw new StripeRequestError(400, {
      code: 'charge_already_refunded',
      message: `Charge ${payment.charge} has already been refunded.`,
    });
  }
  const multiple = multiples[payment.currency] ?? 1;
  if (amount % multiple !== 0) {
    throw new StripeRequestError(400, {
      param: 'amount',
      message: `Amounts must be multiples of ${multiple}`,
    });
  }
  if (amount > left) {
    throw new StripeRequestError(400, {
      param: 'amount',
      message: `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`,
    });
  }
}

function withoutUndefined({
  payment_intent: intent,
  charge,
}: {
  payment_intent?: string | undefined;
  charge?: string | undefined;
}) {
  return {
    ...(intent === undefined ? {} : { payment_intent: intent }),
    ...(charge === undefined ? {} : { charge }),
  };
}

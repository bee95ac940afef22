import { encodeForm } from '@onceover/connector-kit';
import {
  billing,
  ConflictError,
  errorToData,
  idempotencyKey,
  implement,
  type KeyedRecord,
  lookup,
  numberText,
  type OperationContext,
  type RecordOutcome,
  type Refund,
  ValidationError,
} from '@onceover/contract';
import { postForm, untold } from '../stripe-errors.ts';
import { vendorPairs } from '../stripe-fields.ts';
import { externalId, refundAnswerSchema, type RefundAnswer } from '../stripe-objects.ts';
import { findRefund, gaveNothing } from './find-refund.ts';
import { refundAmount, refundedPayment } from './refunded-payment.ts';

/** What the record itself says, so that `vendor` cannot. */
const ownFields = new Set(['payment_intent', 'charge', 'amount', 'reason', `metadata.${externalId}`]);

/** Gives money back once for each reference, whichever event asked for it. */
export const createRefund = implement(billing.refunds.create, {
  guarantee: idempotencyKey({
    header: 'Idempotency-Key',
    hours: 24,
    // Lists do not lag; a request whose answer was lost may still be running.
    then: lookup('metadata.external_id', { lagSeconds: 60 }),
  }),
  scopes: ['charge_read', 'charge_write', 'payment_intent_read'],
  reads: ['GET /v1/refunds', 'GET /v1/payment_intents/{id}', 'GET /v1/charges/{id}'],
  writes: ['POST /v1/refunds'],
  source: 'https://docs.stripe.com/api/refunds/create',
  // Card networks are slow, and an answer given up on is a refund nobody knows about.
  timeoutMs: 80_000,

  async run({ records, ...context }) {
    return Promise.all(records.map((keyed) => refund(keyed, context)));
  },

  async lookup({ records, ...context }) {
    return Promise.all(
      records.map(async ({ record, naturalKey }) => {
        const found = await findRefund(context, refundedPayment(record.payment), naturalKey);
        return found?.id ?? null;
      }),
    );
  },
});

async function refund(
  { record, naturalKey }: KeyedRecord<Refund>,
  context: OperationContext,
): Promise<RecordOutcome> {
  const payment = refundedPayment(record.payment);
  const units = await refundAmount(context.http, payment, record.amount);
  // Not by the link: a refund may have been given up since, and another event may ask for the same one.
  const made = await findRefund(context, payment, naturalKey);
  if (made !== undefined) return alreadyMade(made, units);

  // https://docs.stripe.com/api/refunds/create
  const form = [
    ...encodeForm({
      [payment.parameter]: payment.id,
      amount: units,
      reason: record.reason?.replaceAll('-', '_'),
    }),
    ...vendorPairs(record.vendor, ownFields),
    ...encodeForm({ metadata: { [externalId]: naturalKey } }),
  ];
  const { data: answer } = refundAnswerSchema.safeParse(await postForm(context.http, '/v1/refunds', form));
  if (answer === undefined) return untold('a refund');
  return gaveNothing(answer) ? givenUp(answer) : { outcome: 'created', vendorId: answer.id };
}

function alreadyMade(made: RefundAnswer, units: string): RecordOutcome {
  if (numberText(made.amount) === units) return { outcome: 'unchanged', vendorId: made.id };
  throw new ConflictError(
    `The refund ${made.id} has this reference and another amount: give each refund a reference of its own`,
    { code: 'reference_reused' },
  );
}

function givenUp({ id, status, failure_reason: why }: RefundAnswer): RecordOutcome {
  const error = new ValidationError(
    `Stripe made the refund ${id} and gave it up${why == null ? '' : `: ${why}`}`,
    { code: `refund_${status}` },
  );
  return { outcome: 'failed', error: errorToData(error) };
}

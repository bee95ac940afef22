import { billing, implement, type Invoice } from '@onceover/contract';
import { parseAnswer } from '../stripe-errors.ts';
import { stripeMoney } from '../stripe-money.ts';
import { instantOf, invoiceAnswerSchema, type InvoiceAnswer } from '../stripe-objects.ts';

export const getInvoice = implement(billing.invoices.get, {
  scopes: ['invoice_read'],
  reads: ['GET /v1/invoices/{id}'],
  source: 'https://docs.stripe.com/api/invoices/retrieve',

  async run({ input, http }) {
    // https://docs.stripe.com/api/invoices/retrieve
    const { status, json } = await http.request({
      method: 'GET',
      path: `/v1/invoices/${encodeURIComponent(input.vendorId)}`,
      accept: [404],
    });
    if (status === 404) return { invoice: null };
    const answer = parseAnswer(invoiceAnswerSchema, json, 'an invoice');
    return { invoice: answer.deleted === true ? null : toInvoice(answer) };
  },
});

function toInvoice(answer: InvoiceAnswer): Invoice {
  const { customer, customer_email: email, customer_name: name, currency, created, due_date: due } = answer;
  return {
    vendorId: answer.id,
    ...(answer.number == null ? {} : { number: answer.number }),
    // An invoice without a status is one that was not finalised yet.
    status: answer.status ?? 'draft',
    customer: {
      ...(customer == null ? {} : { vendorId: customer }),
      ...(email == null ? {} : { email }),
      ...(name == null ? {} : { name }),
    },
    total: stripeMoney.decode(answer.total, currency),
    paid: stripeMoney.decode(answer.amount_paid, currency),
    ...(created == null ? {} : { createdAt: instantOf(created) }),
    ...(due == null ? {} : { dueAt: instantOf(due) }),
  };
}

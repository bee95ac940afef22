import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import { http } from 'msw';
import { invoiceObject } from '../objects/invoice-object.ts';
import { checkVersion } from '../read-request.ts';
import { answering, missing } from '../stripe-request-error.ts';
import type { StripeState } from '../stripe-state.ts';

/** @see https://docs.stripe.com/api/invoices */
export function invoiceHandlers({ state }: SandboxContext<StripeState>) {
  return [
    http.get('*/v1/invoices/:id', ({ request, params }) =>
      answering(() => {
        checkVersion(request);
        const invoice = state.invoices.get(String(params['id']));
        if (invoice === undefined) throw missing('invoice', String(params['id']));
        return invoiceObject(invoice);
      }),
    ),
  ];
}

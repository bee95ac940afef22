import type { billing, Contact, EventData } from '@onceover/contract';

type PaidCustomer = EventData<typeof billing.invoicePaid>['customer'];

/** Who paid, as the CRM keeps people. A name of one word is a first name. */
export function toContact({ email, name }: PaidCustomer): Contact {
  const [firstName, ...rest] = (name ?? '').trim().split(/\s+/);
  return {
    email,
    ...(firstName === undefined || firstName === '' ? {} : { firstName }),
    ...(rest.length === 0 ? {} : { lastName: rest.join(' ') }),
    lifecycleStage: 'customer',
  };
}

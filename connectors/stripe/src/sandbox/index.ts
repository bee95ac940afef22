export {
  type GoldenInvoice,
  goldenEvents,
  invoicePaidEvent,
  invoicePaymentFailedEvent,
} from './golden-events.ts';
export { defineStripeSandbox, sandbox } from './stripe-sandbox.ts';
export type { StripeSeed } from './seed-records.ts';
export type { StripeState } from './stripe-state.ts';

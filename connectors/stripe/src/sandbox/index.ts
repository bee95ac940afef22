export {
  type GoldenInvoice,
  goldenEvents,
  invoicePaidEvent,
  invoicePaymentFailedEvent,
} from './golden-events.ts';
export { defineStripeSandbox, stripeSandbox, stripeSandbox as sandbox } from './stripe-sandbox.ts';
export type { StripeState } from './stripe-state.ts';

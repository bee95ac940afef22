export { invoicePaid } from './invoice-paid-flow.ts';

export { stripe, stripe as connector } from './stripe-connector.ts';

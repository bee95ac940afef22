export { zendesk, zendesk as connector } from './zendesk-connector.ts';

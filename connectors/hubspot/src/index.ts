export { hubspot, hubspot as connector } from './hubspot-connector.ts';

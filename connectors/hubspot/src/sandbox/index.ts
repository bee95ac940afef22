export { sandbox } from './hubspot-sandbox.ts';
export { type HubspotState, sandboxAppId, sandboxPortalId } from './hubspot-state.ts';
export type { HubspotSeed } from './seed-records.ts';
export { contactEvent, type ContactEventFacts } from './webhook-events.ts';

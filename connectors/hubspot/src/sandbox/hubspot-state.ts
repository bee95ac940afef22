/** A CRM record as HubSpot keeps it. */
export interface HubspotRecord {
  id: string;
  properties: Record<string, string>;
  createdAt: string;
  updatedAt: string;
  /** From when on searches find it, in milliseconds since 1970. */
  searchableFrom: number;
}

export interface HubspotState {
  contacts: Map<string, HubspotRecord>;
  /** Ids of contacts by lower-case address: e-mail is unique among contacts. */
  contactIds: Map<string, string>;
  companies: Map<string, HubspotRecord>;
}

export const hubspotOrigin = 'https://api.hubapi.com';
export const sandboxPortalId = 62_515;
export const sandboxAppId = 1_160_452;

/** HubSpot says that a search finds a new record after "a few moments". */
export const searchLagSeconds = 5;

export function createHubspotState(): HubspotState {
  return { contacts: new Map(), contactIds: new Map(), companies: new Map() };
}

const shared = ['createdate', 'hs_object_id', 'phone', 'website', 'city', 'country', 'zip', 'address'];

/** The properties that the account has; the last ones are its own. HubSpot refuses all others. */
export const contactPropertyNames: ReadonlySet<string> = new Set([
  ...shared,
  'email',
  'firstname',
  'lastname',
  'company',
  'jobtitle',
  'lifecyclestage',
  'hs_lead_status',
  'lastmodifieddate',
  'last_escalation_at',
  'last_escalation_priority',
  'last_invoice_number',
  'last_paid_at',
]);

export const companyPropertyNames: ReadonlySet<string> = new Set([
  ...shared,
  'name',
  'domain',
  'industry',
  'numberofemployees',
  'hs_lastmodifieddate',
]);

/** Set by HubSpot alone. */
export const readOnlyPropertyNames: ReadonlySet<string> = new Set([
  'createdate',
  'hs_object_id',
  'lastmodifieddate',
  'hs_lastmodifieddate',
]);

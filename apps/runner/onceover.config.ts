/** The example that `npm start` runs: three vendors, three automations. The sandboxes fill in origins and secrets. */
export default {
  connectors: ['stripe', 'hubspot', 'zendesk'],
  automations: ['./automations/*'],
  registrations: [],
  connections: [
    { id: 'billing', connector: 'stripe', owner: 'revenue-operations', identity: 'onceover-billing' },
    { id: 'crm', connector: 'hubspot', owner: 'revenue-operations', identity: 'onceover-crm' },
    {
      id: 'support',
      connector: 'zendesk',
      variables: { subdomain: 'acme' },
      owner: 'customer-care',
      // Zendesk's id of the service user, and of the account: what its webhooks name.
      identity: '35436',
      account: '12514403',
    },
  ],
};

import { defineConformance, loadContract, vendorContractSchema } from '@onceover/connector-kit/testing';
import contract from '../contract/hubspot-contract.generated.json' with { type: 'json' };
import { hubspot } from './hubspot-connector.ts';
import { sandbox } from './sandbox/hubspot-sandbox.ts';
import { operationSamples } from './testing/operation-samples.ts';
import { triggerSamples } from './testing/trigger-samples.ts';

/** The conformance suite of HubSpot: samples, golden webhooks and its published contract. */
export const conformance = defineConformance(hubspot, {
  sandbox,
  contract: loadContract(vendorContractSchema.parse(contract)),
  connection: { account: '62515' },
  samples: operationSamples,
  triggers: triggerSamples,
});

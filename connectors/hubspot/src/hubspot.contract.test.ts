import { describeConnector, loadContract, readContract } from '@onceover/connector-kit/testing';
import { hubspot } from './hubspot-connector.ts';
import { sandbox } from './sandbox/hubspot-sandbox.ts';
import { operationSamples } from './testing/operation-samples.ts';
import { triggerSamples } from './testing/trigger-samples.ts';

const contract = new URL('../contract/hubspot-contract.generated.json', import.meta.url);

describeConnector(hubspot, {
  sandbox,
  contract: loadContract(readContract(contract)),
  connection: { account: '62515' },
  samples: operationSamples,
  triggers: triggerSamples,
});

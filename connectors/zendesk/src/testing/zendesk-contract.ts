import { loadContract, vendorContractSchema } from '@onceover/connector-kit/testing';
import contract from '../../contract/zendesk-contract.generated.json' with { type: 'json' };

/** What is published of Zendesk's API: a third party's account of it, so a hint and no proof. */
export const zendeskContract = loadContract(vendorContractSchema.parse(contract));

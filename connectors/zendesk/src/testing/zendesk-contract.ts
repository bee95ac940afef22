import { loadContract, readContract } from '@onceover/connector-kit/testing';

/** What is published of Zendesk's API: a third party's account of it, so a hint and no proof. */
export const zendeskContract = loadContract(
  readContract(new URL('../../contract/zendesk-contract.generated.json', import.meta.url)),
);

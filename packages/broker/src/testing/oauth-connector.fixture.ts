import { join } from 'node:path';
import {
  type AuthInput,
  type Connector,
  type ConnectorDefinition,
  defineConnector,
  manifestOf,
} from '@onceover/contract';
import { type ConnectorFolder, writeConnectorFolder } from './connector-folder.fixture.ts';
import { exampleDefinition } from './example-connector.fixture.ts';

/** The example connector with other facts about its vendor. */
export function connectorWith(auth: Partial<AuthInput>): Connector {
  const definition: ConnectorDefinition = {
    ...exampleDefinition,
    auth: { ...exampleDefinition.auth, ...auth },
  };
  return defineConnector(definition);
}

export function writeOAuthConnector(auth: Partial<AuthInput>): Promise<ConnectorFolder> {
  const facts = { revokeUrl: 'https://{region}.vendor.example/revoke', ...auth };
  const module = JSON.stringify(join(import.meta.dirname, 'oauth-connector.fixture.ts'));
  return writeConnectorFolder({
    manifest: manifestOf(connectorWith(facts)),
    code: `import { connectorWith } from ${module};\nexport const connector = connectorWith(${JSON.stringify(facts)});\n`,
  });
}

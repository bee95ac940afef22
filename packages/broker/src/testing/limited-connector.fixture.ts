import { join } from 'node:path';
import { type Connector, type ConnectorDefinition, defineConnector, manifestOf } from '@onceover/contract';
import { type ConnectorFolder, writeConnectorFolder } from './connector-folder.fixture.ts';
import { exampleDefinition } from './example-connector.fixture.ts';

type Limits = NonNullable<ConnectorDefinition['rateLimits']>;

/** The example connector with limits of its vendor. */
export function connectorWithLimits(rateLimits: Limits): Connector {
  const definition: ConnectorDefinition = { ...exampleDefinition, rateLimits };
  return defineConnector(definition);
}

export function writeLimitedConnector(limits: readonly Partial<Limits[number]>[]): Promise<ConnectorFolder> {
  const complete = limits.map((limit) => ({
    per: 'connection' as const,
    requests: 10,
    seconds: 1,
    source: 'https://vendor.example/docs',
    verified: true,
    ...limit,
  }));
  const module = JSON.stringify(join(import.meta.dirname, 'limited-connector.fixture.ts'));
  return writeConnectorFolder({
    manifest: manifestOf(connectorWithLimits(complete)),
    code: `import { connectorWithLimits } from ${module};\nexport const connector = connectorWithLimits(${JSON.stringify(complete)});\n`,
  });
}

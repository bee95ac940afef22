import { describeConnector } from '@onceover/connector-kit/testing';
import { conformance } from './zendesk-conformance.ts';

describeConnector(conformance.connector, conformance.options);

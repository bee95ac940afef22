export { findTarget } from './find-target.ts';
export { verifyConnector } from './verify-connector.ts';

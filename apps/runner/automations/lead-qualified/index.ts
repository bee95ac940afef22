export { leadQualified } from './lead-qualified-flow.ts';

/** What a host process needs of the contract before it knows what it will hold: messages and errors, no schemas. */
export {
  ConfigurationError,
  type ErrorData,
  errorToData,
  OnceoverError,
  UpstreamError,
  ValidationError,
} from '../errors.ts';
export { type JsonValue, parseJson, stringifyJson } from '../json.ts';
export type { HostedModule } from './protocol.ts';

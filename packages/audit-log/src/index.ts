export { AuditLogError, type AuditLogErrorCode } from './audit-log-error.ts';
export { canonicalize } from './canonicalize.ts';
export {
  type AuditEntry,
  type AuditLeaf,
  createLeaf,
  type LeafInput,
  type SealedEntry,
} from './create-leaf.ts';
export { type LeafProblem, type StoredEntry, verifyLeaf } from './verify-leaf.ts';

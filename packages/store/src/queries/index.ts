export { type AuditLeafRow, insertAuditLeaf } from './insert-audit-leaf.ts';

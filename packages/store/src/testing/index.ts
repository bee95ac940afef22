export { createDatabaseOn, createTestDatabase, type TestDatabase } from './create-test-database.ts';
export type { DatabaseUrls, TestServer } from './test-server.ts';
export { ageRows } from './age-rows.ts';
export { readTable } from './read-table.ts';
export { canaryForms, echoedForms } from './canary-forms.ts';
export { dumpDatabase } from './dump-database.ts';
export { pgDump } from './pg-dump.ts';
export { startPostgres15 } from './start-postgres-15.ts';

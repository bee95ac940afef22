export { createDatabaseOn, createTestDatabase, type TestDatabase } from './create-test-database.ts';
export type { DatabaseUrls } from './test-server.ts';
export { ageRows } from './age-rows.ts';
export { readTable } from './read-table.ts';
export { canaryForms } from './canary-forms.ts';
export { dumpDatabase } from './dump-database.ts';

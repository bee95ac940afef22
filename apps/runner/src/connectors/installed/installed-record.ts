import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What was installed, kept beside it: which file of many has changed is found by it, and by nothing else. */
const recordSchema = z.strictObject({
  package: z.string(),
  version: z.string(),
  integrity: z.string(),
  hashes: z.record(z.string(), z.string()),
});

export type InstalledRecord = z.output<typeof recordSchema>;

const fileName = 'installed.json';

export async function writeInstalledRecord(folder: string, record: InstalledRecord): Promise<void> {
  const file = await open(join(folder, fileName), 'wx');
  try {
    await file.writeFile(`${JSON.stringify(record, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Undefined where there is none, or none that can be read. */
export async function readInstalledRecord(folder: string): Promise<InstalledRecord | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(join(folder, fileName), 'utf8')));
  } catch {
    return undefined;
  }
}

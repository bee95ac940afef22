import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { LoadedConnector } from '@onceover/broker';
import { z } from 'zod';
import { type Check, CheckFailure, NotRun } from '../check.ts';
import { runConformance } from '../conformance/run-conformance.ts';
import type { SuiteLine } from '../conformance/suite-line.ts';

const packageSchema = z.object({
  exports: z.looseObject({ './conformance': z.looseObject({ default: z.string() }).optional() }),
});

/**
 * The suite that the package exports: one check for each thing that its lines are about, or one that says why there is
 * none.
 */
export async function conformanceChecks(options: {
  connector: LoadedConnector;
  sandboxFolder: string;
  signal: AbortSignal;
}): Promise<readonly Check[]> {
  const { connector, sandboxFolder, signal } = options;
  try {
    const file = await findConformance(sandboxFolder);
    const { manifest, lines } = await runConformance(file, signal);
    if (!isDeepStrictEqual(manifest, connector.manifest)) {
      throw new CheckFailure(
        'The suite is about another manifest than dist/manifest.json: it must import the connector that the package exports. Build it again.',
      );
    }
    // "contacts.find: once more" is about contacts.find.
    const about = Map.groupBy(lines, (line) => line.about.split(': ', 1)[0] ?? '');
    return [...about].map(([name, own]) => checkOf(`conformance, ${name}`, own));
  } catch (error) {
    const run = async () => {
      throw error;
    };
    return [{ name: 'conformance', run }];
  }
}

/** @throws {NotRun} */
async function findConformance(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'package.json'), 'utf8');
  const entry = packageSchema.safeParse(JSON.parse(text)).data?.exports['./conformance']?.default;
  if (entry === undefined) {
    throw new NotRun(
      'the package exports no ./conformance: the suite is in the connector’s own tests alone, all its lines',
    );
  }
  const file = join(folder, entry);
  if (!existsSync(file)) throw new CheckFailure(`${file} is not built. Run \`pnpm bundle\`.`);
  return file;
}

function checkOf(name: string, lines: readonly SuiteLine[]): Check {
  return {
    name,
    lines,
    async run() {
      const failed = lines.filter(({ problem }) => problem !== null);
      if (failed.length === 0) return `${lines.length} lines of the suite hold`;
      const told = failed.map((line) => `"${line.about}: ${line.name}": ${line.problem}`).join('; ');
      throw new CheckFailure(`${failed.length} of ${lines.length} lines do not hold. ${told}`);
    },
  };
}

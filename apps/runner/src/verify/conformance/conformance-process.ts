// A program of its own: runs the suite that a package exports and tells its parent line by line. It imports nothing of
// ours, is started with Node's permission model (no files written, no network, no processes) and with no environment.

interface ConformanceModule {
  conformance?: {
    manifest: unknown;
    lines: readonly { about: string; name: string; run(): unknown }[];
  };
}

const longestProblem = 500;
const [, , url = ''] = process.argv;
const tell = (message: object) =>
  new Promise<void>((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });

const { conformance }: ConformanceModule = await import(url);
if (conformance === undefined)
  throw new Error('./conformance must export `conformance`: defineConformance(…)');
await tell({ manifest: JSON.stringify(conformance.manifest) });
for (const { about, name, run } of conformance.lines) {
  let problem: string | null = null;
  try {
    await run();
  } catch (error) {
    problem = (error instanceof Error ? error.message : String(error)).slice(0, longestProblem);
  }
  await tell({ about, name, problem });
}
await tell({ end: conformance.lines.length });
process.exit(0);

/** One line of `pnpm check`. */
export interface Step {
  name: string;
  /** The programs to run, in order; the step fails with the first that fails. */
  commands: readonly (readonly [program: string, ...args: string[]])[];
}

const rooms = ['packages', 'connectors', 'apps', 'tooling'];
const turbo = (task: string) => ['turbo', 'run', task, '--continue', '--output-logs=errors-only'] as const;

/** Each guard runs over the whole workspace: one that ran in a single package would be none. */
export const steps: readonly Step[] = [
  { name: 'format', commands: [['biome', 'format', '.']] },
  { name: 'lint', commands: [['oxlint', '--format=unix', '.']] },
  { name: 'types', commands: [turbo('typecheck')] },
  { name: 'boundaries: imports', commands: [['depcruise', '--output-type', 'err-long', ...rooms]] },
  { name: 'boundaries: texts', commands: [['node', 'tooling/scripts/boundaries.ts']] },
  { name: 'unused', commands: [['knip', '--no-progress']] },
  { name: 'generated files', commands: [['node', 'tooling/scripts/generated.ts']] },
  { name: 'build', commands: [turbo('build')] },
  { name: 'packages', commands: [['node', 'tooling/scripts/published-packages.ts']] },
  { name: 'connectors', commands: [['node', 'tooling/scripts/verify-connectors.ts']] },
  { name: 'changesets', commands: [['node', 'tooling/scripts/changesets.ts']] },
  { name: 'tests', commands: [['vitest', 'run']] },
];

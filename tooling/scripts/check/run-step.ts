import { runChild } from '../pm/run-child.mjs';
import type { Step } from './steps.ts';

export interface StepResult {
  passed: boolean;
  seconds: number;
  /** What the failing program said. */
  output: string;
}

export async function runStep({ commands }: Step, env: NodeJS.ProcessEnv): Promise<StepResult> {
  const startedAt = performance.now();
  for (const [program, ...args] of commands) {
    const { code, output } = await runChild(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    if (code !== 0) return { passed: false, seconds: since(startedAt), output };
  }
  return { passed: true, seconds: since(startedAt), output: '' };
}

function since(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

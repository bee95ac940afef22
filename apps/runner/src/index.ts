export { type GoldenPlan, type GoldenSet, type GoldenWebhook, loadGolden } from './demo/golden.ts';
export { type Environment, readEnvironment } from './environment.ts';
export { loadConfig, parseConfig } from './config/load-config.ts';
export { type Runner, type RunnerOptions, startRunner } from './start-runner.ts';

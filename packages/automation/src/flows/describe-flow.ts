import { ConfigurationError } from '@onceover/contract';
import type { FlowDescription, StepDescription } from '../hosting/protocol.ts';
import type { AnyFlow, FlowStep } from './flow.ts';
import { stepsOfKpi } from './kpi.ts';

/**
 * A flow as data.
 * @throws {ConfigurationError} when the flow has no step, or its KPI looks at a step that it does not have
 */
export function describeFlow(flow: AnyFlow): FlowDescription {
  const { facts, on, steps } = flow;
  if (steps.length === 0) {
    throw new ConfigurationError(`Flow ${facts.id}: a flow has at least one step`, { path: '/steps' });
  }
  const missing = stepsOfKpi(facts.kpi).find((id) => !steps.some((step) => step.id === id));
  if (missing !== undefined) {
    throw new ConfigurationError(`Flow ${facts.id}: kpi: there is no step ${missing}`, { path: '/kpi' });
  }
  return {
    ...facts,
    on: on.kind === 'schedule' ? { schedule: { zone: on.zone, cron: on.cron } } : { event: on.type },
    kpi: facts.kpi,
    hasOrderBy: flow.orderBy !== undefined,
    steps: steps.map(describeStep),
  };
}

function describeStep(step: FlowStep): StepDescription {
  const { id } = step;
  switch (step.kind) {
    case 'operation':
      return {
        kind: 'operation',
        id,
        operation: step.operation.name,
        mode: step.operation.kind,
        hasWhen: step.when !== undefined,
        hasForEach: step.forEach !== undefined,
      };
    case 'wait':
      return { kind: 'wait', id };
    case 'emit':
      return { kind: 'emit', id, event: step.event.type };
  }
}

import {
  errorToData,
  type JsonValue,
  OnceoverError,
  stringifyJson,
  ValidationError,
} from '@onceover/contract';
import type { StepDescription } from '@onceover/automation/host';
import { digestUuid } from '../engine/lane-id.ts';
import { validateData } from '../events/validate-data.ts';
import type { StepVerdict } from './run.ts';
import type { WorkContext } from './work-context.ts';

/** Publishes a step's event. Its id is made of what caused it, so that a repeated attempt publishes nothing new. */
export async function emitEvent(
  { ports, writes, run, session }: WorkContext,
  step: StepDescription,
  data: JsonValue,
): Promise<StepVerdict> {
  const type = step.kind === 'emit' ? step.event : '';
  const known = ports.catalog.eventType(run.tenant, type);
  const [problem] = known === undefined ? [] : validateData(known.schema, data);
  try {
    if (known === undefined) throw new ValidationError(`Event type ${type} is not known`, { path: '/type' });
    if (problem !== undefined) throw new ValidationError(problem.detail, { path: `/data${problem.path}` });
    session.requireHeld(ports.sendMarginMs);
    const event = {
      tenant: run.tenant,
      source: `/flows/${run.flow}`,
      id: digestUuid(['emit', run.event.source, run.event.id, run.flow, step.id, '0']),
      type,
      subject: run.event.subject ?? null,
      time: ports.clock.now(),
      data,
      attributes: null,
      isEcho: false,
    };
    await ports.recorder.record([event]);
    const output = stringifyJson({ id: event.id, source: event.source });
    writes.setOutput({ run_id: run.id, step_id: step.id, output });
    return { kind: 'done', result: undefined };
  } catch (error) {
    if (!OnceoverError.isInstance(error)) throw error;
    const data = errorToData(error);
    return data.retry === 'never' ? { kind: 'failed', error: data } : { kind: 'retry', error: data };
  }
}

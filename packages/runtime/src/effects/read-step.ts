import { errorToData, type JsonValue, stringifyJson } from '@onceover/contract';
import type { RenderedIteration } from '@onceover/automation/host';
import type { StepVerdict } from './run.ts';
import { saveNow } from './save-now.ts';
import type { WorkContext } from './work-context.ts';

/** A read: its input is stored before the first call, its output for the steps after it. */
export async function runReadStep(
  context: WorkContext,
  step: {
    id: string;
    operation: string;
    hasForEach: boolean;
    iterations: readonly RenderedIteration[];
    /** Stores the step's row with the next save, unless that was done. */
    begin(): void;
  },
): Promise<StepVerdict> {
  const { ports, session, writes, run } = context;
  step.begin();
  const outputs: JsonValue[] = [];
  for (const iteration of step.iterations) {
    let hookError: unknown;
    const { reply } = await ports.broker.call({
      tenant: run.tenant,
      connection: iteration.connection,
      operation: step.operation,
      mode: 'execute',
      input: 'input' in iteration ? iteration.input : {},
      hooks: {
        async beforeFirstRequest() {
          try {
            if (!writes.isEmpty) await saveNow(context);
            session.requireHeld(ports.sendMarginMs);
          } catch (error) {
            hookError = error;
            throw error;
          }
        },
      },
      signal: session.signal,
    });
    if (hookError !== undefined) throw hookError;
    if (reply.kind === 'error') {
      return reply.error.retry === 'never'
        ? { kind: 'failed', error: reply.error }
        : { kind: 'retry', error: reply.error };
    }
    if (reply.kind !== 'read') {
      return { kind: 'failed', error: errorToData(new Error(`${step.operation} is not a read here`)) };
    }
    outputs.push(reply.output);
  }
  const result = step.hasForEach ? outputs : (outputs[0] ?? null);
  writes.setOutput({ run_id: run.id, step_id: step.id, output: stringifyJson(result) });
  return { kind: 'done', result };
}

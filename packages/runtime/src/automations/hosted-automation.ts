import type { AutomationReply, AutomationRequest, EventView, RenderedStep } from '@onceover/automation/host';
import { type ErrorData, errorFromData, type JsonValue, UpstreamError } from '@onceover/contract';
import { createGroupCommit } from '../engine/group-commit.ts';
import type { LoadedAutomation } from '../ports.ts';

type CallOf<Kind extends AutomationRequest['kind']> = Extract<
  AutomationRequest,
  { kind: Kind; calls: readonly unknown[] }
>['calls'][number];

/** An automation's code, asked one question at a time and called in batches. Each rejects with the code's typed error. */
export interface HostedAutomation {
  /** The lane of an event in a flow; null: the event is a lane of its own. */
  orderBy(call: { flow: string; event: EventView }): Promise<string | null>;
  upcast(call: { name: string; from: number; to: number; data: JsonValue }): Promise<JsonValue>;
  renderStep(call: CallOf<'render-step'>): Promise<RenderedStep>;
}

/** Questions that wait in a batch; the host's messages are capped in size, events in the ingress. */
const maxBatch = 64;

export function createHostedAutomation({ request }: Pick<LoadedAutomation, 'request'>): HostedAutomation {
  const orderBy = batched(request, 'order-by', 'ordered');
  const upcast = batched(request, 'upcast', 'upcasted');
  const renderStep = batched(request, 'render-step', 'rendered');
  return {
    async orderBy(call) {
      return (await orderBy(call)).key;
    },
    async upcast(call) {
      return (await upcast(call)).data;
    },
    renderStep,
  };
}

type AnswersOf<Kind extends AutomationReply['kind']> = Extract<
  AutomationReply,
  { kind: Kind; answers: readonly unknown[] }
>['answers'][number];

function batched<
  Kind extends Extract<AutomationRequest, { calls: readonly unknown[] }>['kind'],
  ReplyKind extends Extract<AutomationReply, { answers: readonly unknown[] }>['kind'],
>(request: LoadedAutomation['request'], kind: Kind, replyKind: ReplyKind) {
  type Answer = AnswersOf<ReplyKind>;
  const group = createGroupCommit<CallOf<Kind>, Answer>({
    maxBatch,
    maxInFlight: 4,
    shouldIsolate: () => true,
    async flush(calls) {
      // The request is JSON by its type; its optional fields fall away in the host's codec.
      const reply = (await request({ kind, calls } as unknown as JsonValue)) as unknown as AutomationReply;
      if (reply.kind === 'error') throw errorFromData(reply.error);
      if (reply.kind !== replyKind || !('answers' in reply) || reply.answers.length !== calls.length) {
        throw new UpstreamError('The automation answered something else than it was asked', {
          code: 'host_reply',
          retry: 'never',
        });
      }
      return reply.answers as readonly Answer[];
    },
  });
  return async (call: CallOf<Kind>): Promise<Exclude<Answer, { error: ErrorData }>> => {
    const answer = await group.add(call);
    if (typeof answer === 'object' && 'error' in answer) throw errorFromData(answer.error);
    return answer as Exclude<Answer, { error: ErrorData }>;
  };
}

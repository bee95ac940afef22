import type { JsonValue } from '@onceover/contract';
import { z } from 'zod';
import type { Sandbox } from './create-sandbox.ts';
import { isLoopback, sendSchema } from './deliver.ts';
import { faultSchema } from './faults.ts';
import { rateLimitWindowSchema } from './rate-limiter.ts';
import { jsonAnswer, type SandboxAnswer, type SandboxRequest } from './sandbox-exchange.ts';

const seedSchema = z.strictObject({ records: z.array(z.custom<JsonValue>()) });
const clientSecretsSchema = z.strictObject({ secrets: z.array(z.string().min(1)).nullable() });
const subscribeSchema = z.strictObject({ to: z.url({ protocol: /^http$/ }), remove: z.boolean().optional() });

/**
 * The routes under `/_sandbox/`: what a test asks of the fake rather than of the vendor.
 * `GET ledger[?history=true]` · `POST seed` · `POST faults` · `POST send` · `POST subscribe` · `POST client-secrets` · `POST rate-limit`
 */
export async function answerControl(sandbox: Sandbox, request: SandboxRequest): Promise<SandboxAnswer> {
  const route = `${request.method} ${request.path.slice('/_sandbox'.length)}`;
  try {
    switch (route) {
      case 'GET /ledger':
        return jsonAnswer(200, {
          effects: sandbox.ledger.effects().map((effect) => ({ ...effect })),
          requests: sandbox.requests(),
          ...(new URLSearchParams(request.query).get('history') === 'true'
            ? { history: sandbox.ledger.history().map((entry) => ({ ...entry })) }
            : {}),
        });
      case 'POST /seed': {
        const { records } = seedSchema.parse(JSON.parse(request.body));
        sandbox.seed(records);
        return jsonAnswer(200, { records: records.length });
      }
      case 'POST /faults': {
        const faults: unknown = JSON.parse(request.body);
        for (const fault of z.array(faultSchema).parse([faults].flat())) sandbox.faults.add(fault);
        return jsonAnswer(200, { pending: sandbox.faults.pending().length });
      }
      case 'POST /send': {
        const { status, body } = await sandbox.send(sendSchema.parse(JSON.parse(request.body)));
        return jsonAnswer(200, { status, body });
      }
      case 'POST /subscribe': {
        const { to, remove = false } = subscribeSchema.parse(JSON.parse(request.body));
        if (!isLoopback(new URL(to).hostname)) throw new RangeError('A sandbox sends to loopback alone');
        if (remove) sandbox.unsubscribe(to);
        else sandbox.subscribe(to);
        return jsonAnswer(200, { to, subscribed: !remove });
      }
      case 'POST /client-secrets': {
        const { secrets } = clientSecretsSchema.parse(JSON.parse(request.body));
        sandbox.tokens.setClientSecrets(secrets);
        return jsonAnswer(200, {});
      }
      case 'POST /rate-limit':
        sandbox.rateLimit.set(rateLimitWindowSchema.nullable().parse(JSON.parse(request.body)));
        return jsonAnswer(200, {});
      default:
        return jsonAnswer(404, { error: `A sandbox has no ${route}` });
    }
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return jsonAnswer(400, { error: detail });
  }
}

import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';
import type { Kpi, KpiMoment } from './kpi.ts';

/** How much depends on a flow. It sets the defaults of what happens when a run gives up. */
export const tierSchema = z.enum(['notify', 'operational', 'revenue', 'regulated']);
export type Tier = z.infer<typeof tierSchema>;

const required = (what: string) => z.string(`is required: ${what}`).trim().min(1, `is required: ${what}`);

const momentSchema = z.custom<KpiMoment>(
  (value) => typeof value === 'string' && /^(event\.time|run\.finished|step\..+)$/.test(value),
  'must be event.time, run.finished or step.<id>',
);

const kpiSchema: z.ZodType<Kpi> = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('duration'),
      name: required('what is measured'),
      from: momentSchema,
      to: momentSchema,
    }),
    z.strictObject({
      kind: z.literal('count'),
      name: required('what is counted'),
      of: z.custom<Exclude<KpiMoment, 'event.time'>>(
        (value) => typeof value === 'string' && /^(run\.finished|step\..+)$/.test(value),
        'must be run.finished or step.<id>',
      ),
    }),
  ],
  'is required: make it with kpi.duration(…) or kpi.count(…)',
);

export const flowFactsSchema = z.strictObject({
  id: z
    .string('is required')
    .regex(/^[a-z0-9-]{1,64}$/, 'must be lower case letters, digits and hyphens, 64 at most'),
  version: z.int('must be a whole number').min(1, 'must be 1 or more'),
  owner: required('the team that is asked when the flow fails'),
  runbook: required('what to do when the flow fails, like ./runbook.md'),
  tier: z.enum(tierSchema.options, 'is required: notify, operational, revenue or regulated'),
  kpi: kpiSchema,
  echoes: z.boolean().default(false),
  lane: z.strictObject({ onDeadLetter: z.enum(['release', 'hold']) }).optional(),
  retry: z
    .strictObject({
      maxAttempts: z.int().min(1).max(100).default(12),
      maxHours: z.number().positive().max(720).default(24),
    })
    .prefault({}),
});

/** What a flow declares about itself, defaults filled in. */
export interface FlowFacts {
  readonly id: string;
  readonly version: number;
  readonly owner: string;
  readonly runbook: string;
  readonly tier: Tier;
  readonly kpi: Kpi;
  readonly echoes: boolean;
  readonly lane: { readonly onDeadLetter: 'release' | 'hold' };
  readonly retry: { readonly maxAttempts: number; readonly maxHours: number };
}

/** Where order carries money or law, a failed run holds the lane behind it; elsewhere the lane goes on. */
const onDeadLetterOf: Readonly<Record<Tier, 'release' | 'hold'>> = {
  notify: 'release',
  operational: 'release',
  revenue: 'hold',
  regulated: 'hold',
};

/** @throws {ConfigurationError} that names the flow and each field that is wrong */
export function parseFlowFacts(definition: object): FlowFacts {
  const parsed = flowFactsSchema.safeParse(definition);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`,
    );
    const first = parsed.error.issues[0]?.path ?? [];
    throw new ConfigurationError(`${nameOf(definition)}: ${problems.join('; ')}`, {
      path: first.map((part) => `/${String(part)}`).join(''),
    });
  }
  const { lane, ...facts } = parsed.data;
  return Object.freeze({ ...facts, lane: lane ?? { onDeadLetter: onDeadLetterOf[facts.tier] } });
}

function nameOf(definition: object): string {
  return 'id' in definition && typeof definition.id === 'string'
    ? `Flow ${definition.id}`
    : 'A flow without id';
}

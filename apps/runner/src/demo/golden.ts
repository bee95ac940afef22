import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';

/** A webhook of the golden file, ready to be sent. */
export interface GoldenWebhook {
  /** The connection whose hook it is sent to; its sandbox signs it. */
  connection: string;
  event: unknown;
  /** What it must cause at the vendors, by business key, once however often it is sent. */
  effects: readonly GoldenEffect[];
  /** How many events it must yield. */
  events: number;
  /** Signed with another secret: must be refused. */
  forged: boolean;
}

/** One record's write at one connection, in the words of a sandbox's ledger. */
export interface GoldenEffect {
  connection: string;
  resource: string;
  naturalKey: string;
}

/** Records that exist at a vendor before the replay: what thin webhooks point to. */
export interface GoldenSeed {
  connection: string;
  records: readonly unknown[];
}

const goldenSchema = z.strictObject({
  /** Where the shapes come from. */
  source: z.string(),
  templates: z.array(
    z.strictObject({
      name: z.string(),
      connection: z.string(),
      /** Records at the vendor that the event points to. */
      seed: z.json().optional(),
      event: z.json(),
      events: z.number().int().nonnegative(),
      effects: z.array(
        z.strictObject({ connection: z.string(), resource: z.string(), naturalKey: z.string() }),
      ),
    }),
  ),
});

/** How many webhooks of each kind to make. */
export interface GoldenPlan {
  unique: number;
  duplicates: number;
  forged: number;
}

export interface GoldenSet {
  seeds: readonly GoldenSeed[];
  webhooks: readonly GoldenWebhook[];
}

/**
 * Makes webhooks from the golden templates, in turn. `{{n}}` becomes the webhook's number, `{{time}}`, `{{seconds}}` and
 * `{{milliseconds}}` its time. Duplicates repeat earlier ones, spread over the whole; forged ones look genuine.
 * @param startAt the time of the first; each next one is a second later
 */
export async function loadGolden(
  file: string,
  plan: GoldenPlan,
  startAt: Date,
  { firstNumber = 1000 }: { firstNumber?: number } = {},
): Promise<GoldenSet> {
  const parsed = goldenSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success)
    throw new ConfigurationError(`${file} is not a golden file: ${z.prettifyError(parsed.error)}`);
  const { templates } = parsed.data;
  const make = (index: number) => {
    const template = templates[index % templates.length];
    if (template === undefined) throw new ConfigurationError(`${file} has no templates.`);
    const at = new Date(startAt.getTime() + index * 1000);
    const n = firstNumber + index;
    return {
      webhook: {
        connection: template.connection,
        event: fill(template.event, n, at),
        events: template.events,
        effects: template.effects.map((effect) => ({
          ...effect,
          naturalKey: fillText(effect.naturalKey, n, at),
        })),
        forged: false,
      },
      seed: template.seed === undefined ? undefined : fill(template.seed, n, at),
    };
  };
  const unique = Array.from({ length: plan.unique }, (_, index) => make(index));
  const forged = Array.from({ length: plan.forged }, (_, index) => make(plan.unique + index));
  const webhooks: GoldenWebhook[] = [];
  for (const [index, { webhook }] of unique.entries()) {
    webhooks.push(webhook);
    for (const repeat of spread(plan.duplicates, plan.unique, index)) {
      // A vendor repeats what it sent a little while ago, not always the last one.
      const earlier = unique[Math.max(0, index - (repeat % 5))];
      if (earlier !== undefined) webhooks.push(earlier.webhook);
    }
    for (const forgery of spread(plan.forged, plan.unique, index)) {
      const one = forged[forgery];
      if (one !== undefined) webhooks.push({ ...one.webhook, forged: true });
    }
  }
  const seeds = unique.flatMap(({ webhook: { connection }, seed }) =>
    seed === undefined ? [] : [{ connection, records: [seed] }],
  );
  return { seeds: mergeSeeds(seeds), webhooks };
}

/** Which of `count` extra items stand behind item `index` of `total`, so that they are spread evenly. */
function spread(count: number, total: number, index: number): number[] {
  const from = Math.floor((index * count) / total);
  const to = Math.floor(((index + 1) * count) / total);
  return Array.from({ length: to - from }, (_, offset) => from + offset);
}

function mergeSeeds(seeds: readonly GoldenSeed[]): GoldenSeed[] {
  const byConnection = Map.groupBy(seeds, ({ connection }) => connection);
  return [...byConnection].map(([connection, group]) => ({
    connection,
    records: group.flatMap(({ records }) => records),
  }));
}

/** Fills placeholders; text that ends in `}}#` becomes a number. */
function fill(value: unknown, n: number, at: Date): unknown {
  if (typeof value === 'string') {
    return value.endsWith('}}#') ? Number(fillText(value.slice(0, -1), n, at)) : fillText(value, n, at);
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, n, at));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item, n, at)]));
  }
  return value;
}

function fillText(text: string, n: number, at: Date): string {
  return text
    .replaceAll('{{n}}', String(n))
    .replaceAll('{{time}}', at.toISOString())
    .replaceAll('{{seconds}}', String(Math.floor(at.getTime() / 1000)))
    .replaceAll('{{milliseconds}}', String(at.getTime()));
}

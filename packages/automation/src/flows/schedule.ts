import { ConfigurationError, defineEvent } from '@onceover/contract';
import { z } from 'zod';

/** A flow's start by the clock: an IANA time zone and a cron expression of five fields. */
export interface Schedule {
  readonly kind: 'schedule';
  readonly zone: string;
  readonly cron: string;
}

/** The event by which a schedule starts its flow. */
export const scheduleDue = defineEvent({
  name: 'schedule.due',
  version: 1,
  summary: 'An instant of a schedule has come.',
  schema: z.strictObject({
    /** The planned instant, RFC 3339 in UTC. */
    scheduledAt: z.iso.datetime({ offset: true }),
    zone: z.string().min(1),
  }),
  example: { scheduledAt: '2026-11-24T06:00:00Z', zone: 'Europe/Berlin' },
});

/**
 * `schedule('Europe/Berlin', '0 7 * * 1-5')`: every working day at seven. The hour that does not exist runs once,
 * right after the gap; the hour that comes twice runs once.
 * @throws {ConfigurationError} when the zone is not an IANA name or the expression has not five valid fields
 */
export function schedule(zone: string, cron: string): Schedule {
  if (!isZone(zone)) {
    throw new ConfigurationError(`"${zone}" is not an IANA time zone: write one like Europe/Berlin or UTC`, {
      path: '/on/zone',
    });
  }
  const problem = cronProblem(cron);
  if (problem !== undefined) {
    throw new ConfigurationError(`The schedule "${cron}" is not valid: ${problem}`, { path: '/on/cron' });
  }
  return Object.freeze({ kind: 'schedule', zone, cron });
}

function isZone(zone: string): boolean {
  // Intl also takes offsets (+01:00), which know no daylight saving.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

interface CronField {
  name: string;
  min: number;
  max: number;
  words: readonly string[];
}

const cronFields: readonly CronField[] = [
  { name: 'minute', min: 0, max: 59, words: [] },
  { name: 'hour', min: 0, max: 23, words: [] },
  { name: 'day of month', min: 1, max: 31, words: [] },
  { name: 'month', min: 1, max: 12, words: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ') },
  { name: 'day of week', min: 0, max: 7, words: 'SUN MON TUE WED THU FRI SAT'.split(' ') },
];

function cronProblem(cron: string): string | undefined {
  const parts = cron.trim().split(/\s+/);
  if (parts.length !== cronFields.length) {
    return `it has ${parts.length} fields, not five (minute, hour, day of month, month, day of week)`;
  }
  for (const [index, field] of cronFields.entries()) {
    const bad = (parts[index] ?? '').split(',').find((item) => !isCronItem(item, field));
    if (bad !== undefined) return `"${bad}" is no ${field.name} (${field.min} to ${field.max})`;
  }
  return undefined;
}

function isCronItem(item: string, field: CronField): boolean {
  const [, range = '', step] = /^([^/]*)(?:\/(\d{1,2}))?$/.exec(item) ?? [];
  if (range === '' || (step !== undefined && Number(step) === 0)) return false;
  if (range === '*') return true;
  const ends = range.split('-').map((end) => cronValue(end, field));
  const [from, to = from] = ends;
  return ends.length <= 2 && from !== undefined && to !== undefined && from <= to;
}

function cronValue(text: string, { min, max, words }: CronField): number | undefined {
  const word = words.indexOf(text.toUpperCase());
  if (word >= 0) return word + (min === 1 ? 1 : 0);
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

import { ValidationError } from '@onceover/contract';

/** An instant and a span of exact time (a day is 24 hours), for `wait`. */
export function instantAfter(
  from: string,
  span: { days?: number; hours?: number; minutes?: number; seconds?: number },
): string {
  const start = Date.parse(from);
  if (Number.isNaN(start)) throw new ValidationError(`"${from}" is not an instant`);
  const { days = 0, hours = 0, minutes = 0, seconds = 0 } = span;
  return new Date(start + (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000).toISOString();
}

/** A text as PostgreSQL and the audit log can keep it: no NUL, no lone surrogate. */
export function storable(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}

const firstMs = Date.parse('0001-01-01T00:00:00Z');
const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/** A time as PostgreSQL can keep it and RFC 3339 can say it; undefined for any other, and for none. */
export function storableTime(time: Date): Date | undefined {
  const ms = time.getTime();
  return ms >= firstMs && ms <= lastMs ? time : undefined;
}

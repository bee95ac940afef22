const shape =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

/** Whether a text is an RFC 3339 time in UTC, written with T and Z: one spelling, so that one instant has few texts. */
export function isTimestamp(text: string): boolean {
  if (!shape.test(text)) return false;
  const instant = new Date(text);
  // 31 February parses, as March.
  return !Number.isNaN(instant.getTime()) && instant.getUTCDate() === Number(text.slice(8, 10));
}

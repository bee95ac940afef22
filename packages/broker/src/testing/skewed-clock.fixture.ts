/** Makes this whole process believe in another time. Import it before anything else. */
export const systemNow = { skewMs: 0 };

const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...parts: [] | [value: number | string | Date]) {
    if (parts.length === 0) super(RealDate.now() + systemNow.skewMs);
    else super(...(parts as [number]));
  }
  static override now(): number {
    return RealDate.now() + systemNow.skewMs;
  }
} as DateConstructor;

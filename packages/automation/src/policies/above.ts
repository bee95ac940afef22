import { type Money, toMinorUnits } from '@onceover/contract';

/**
 * True when an amount is above its currency's limit. A currency without a limit counts as above: what nobody
 * thought of goes to a human.
 */
export function above(money: Money, limits: Readonly<Record<string, string>>): boolean {
  const limit = Object.hasOwn(limits, money.currency) ? limits[money.currency] : undefined;
  if (limit === undefined) return true;
  return toMinorUnits(money) > toMinorUnits({ amount: limit, currency: money.currency });
}

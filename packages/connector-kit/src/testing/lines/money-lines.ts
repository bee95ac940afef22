import { currencyExponent, fromMinorUnits } from '@onceover/contract';
import { expect } from 'vitest';
import { createSeededRandom } from '../seeded-random.ts';
import type { Line, Subject } from './line.ts';

const currencies = ['JPY', 'KWD', 'USD', 'EUR', 'ISK', 'UGX', 'BHD', 'CLP'];

/** Money keeps every digit on its way to the vendor and back. */
export function moneyLines<State>({ options }: Subject<State>): Line[] {
  const { money } = options;
  if (money === undefined) return [];
  return currencies.map((currency) => ({
    about: 'money',
    name: `${currency} comes back as it went, whatever the amount`,
    run() {
      const random = createSeededRandom(currencyExponent(currency) + 1);
      const amounts = [0n, 1n, 9n, 10n, 99n, 100n, 123_456_789n, 9_007_199_254_740_993n];
      for (let count = 0; count < 200; count += 1) amounts.push(BigInt(random(2 ** 31)) * 10n);
      for (const units of amounts) {
        // Three-decimal currencies of some vendors end in 0: such amounts every vendor can express.
        const exact = currencyExponent(currency) === 3 ? units * 10n : units;
        const amount = fromMinorUnits(exact, currency);
        expect(money.decode(money.encode(amount), currency)).toEqual(amount);
      }
    },
  }));
}

import { z } from 'zod';
import { ValidationError } from './errors.ts';
import { numberText } from './json.ts';

/**
 * Money: `{ "amount": "800.00", "currency": "USD" }` in events, IPC, API and database; bigint minor units in
 * memory. Amounts never become floating-point numbers.
 */
export const moneySchema = z.strictObject({
  /** Decimal text in major units, no exponent, no thousands separator. */
  amount: z.string().regex(/^-?(0|[1-9]\d{0,29})(\.\d{1,8})?$/),
  /** ISO 4217 alphabetic code. */
  currency: z.string().regex(/^[A-Z]{3}$/),
});
export type Money = z.infer<typeof moneySchema>;

// ISO 4217:2015 minor units that differ from 2.
const exponents: ReadonlyMap<string, number> = new Map([
  ...[
    'BIF',
    'CLP',
    'DJF',
    'GNF',
    'ISK',
    'JPY',
    'KMF',
    'KRW',
    'PYG',
    'RWF',
    'UGX',
    'UYI',
    'VND',
    'VUV',
    'XAF',
    'XOF',
    'XPF',
  ].map((code) => [code, 0] as const),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3] as const),
  ...['CLF', 'UYW'].map((code) => [code, 4] as const),
]);

/** Digits after the decimal point in ISO 4217; 2 for codes it does not list. */
export function currencyExponent(currency: string): number {
  return exponents.get(currency) ?? 2;
}

/**
 * @returns the amount in minor units of 10^-exponent
 * @throws {ValidationError} when it is not money, or digits would be lost
 */
export function toMinorUnits(money: Money, exponent = currencyExponent(money.currency)): bigint {
  const parsed = moneySchema.safeParse(money);
  if (!parsed.success) {
    throw new ValidationError('money is { amount: "800.00", currency: "USD" }', { path: '/amount' });
  }
  const { amount, currency } = parsed.data;
  const negative = amount.startsWith('-');
  const [whole = '0', fraction = ''] = amount.replace('-', '').split('.');
  const kept = fraction.slice(0, exponent).padEnd(exponent, '0');
  if (/[1-9]/.test(fraction.slice(exponent))) {
    throw new ValidationError(`${amount} ${currency} has more than ${exponent} decimals`, {
      path: '/amount',
    });
  }
  const units = BigInt(whole + kept);
  return negative ? -units : units;
}

export function fromMinorUnits(
  units: bigint,
  currency: string,
  exponent = currencyExponent(currency),
): Money {
  const digits = (units < 0n ? -units : units).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = digits.slice(digits.length - exponent);
  const sign = units < 0n ? '-' : '';
  return { amount: sign + whole + (exponent > 0 ? `.${fraction}` : ''), currency };
}

/** How one vendor writes money. */
export interface MoneyCodec<Wire> {
  /** @throws {ValidationError} when the vendor cannot express the amount */
  encode(money: Money): Wire;
  /** @throws {ValidationError} when the wire value is not the vendor's form */
  decode(wire: unknown, currency: string): Money;
}

/**
 * Integers in the vendor's minor units. `exponents` lists where the vendor departs from ISO 4217; `multiples`
 * lists currencies whose wire amounts must be divisible by a number.
 */
export function minorUnitCodec(
  options: {
    exponents?: Readonly<Record<string, number>>;
    multiples?: Readonly<Record<string, bigint>>;
  } = {},
): MoneyCodec<string> {
  const exponentOf = (currency: string) => options.exponents?.[currency] ?? currencyExponent(currency);
  return {
    encode(money) {
      const units = toMinorUnits(money, exponentOf(money.currency));
      const multiple = options.multiples?.[money.currency];
      if (multiple !== undefined && units % multiple !== 0n) {
        throw new ValidationError(
          `${money.amount} ${money.currency} must be a multiple of ${multiple} minor units`,
          {
            path: '/amount',
          },
        );
      }
      return units.toString();
    },
    decode(wire, currency) {
      const code = currency.toUpperCase();
      const text = typeof wire === 'string' ? wire : numberText(wire);
      if (text === undefined || !/^-?\d+$/.test(text)) {
        throw new ValidationError('an amount in minor units must be an integer', { path: '/amount' });
      }
      const exponent = exponentOf(code);
      const iso = currencyExponent(code);
      // A vendor that sends a zero-decimal currency with two decimals yields ISO's form when nothing is lost.
      const money = fromMinorUnits(BigInt(text), code, exponent);
      return exponent > iso ? fromMinorUnits(toMinorUnits(money, iso), code, iso) : money;
    },
  };
}

/** Decimal numbers or text in major units. */
export function decimalCodec(): MoneyCodec<string> {
  return {
    encode: (money) => fromMinorUnits(toMinorUnits(money), money.currency).amount,
    decode(wire, currency) {
      const text = typeof wire === 'string' ? wire : numberText(wire);
      const parsed = moneySchema.safeParse({ amount: text, currency: currency.toUpperCase() });
      if (!parsed.success)
        throw new ValidationError('an amount must be a decimal number', { path: '/amount' });
      return fromMinorUnits(toMinorUnits(parsed.data), parsed.data.currency);
    },
  };
}

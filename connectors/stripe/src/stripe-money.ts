import { minorUnitCodec, type MoneyCodec } from '@onceover/contract';

/**
 * Stripe's integers in minor units. It departs from ISO 4217 in three ways: MGA has no decimals; ISK and UGX have
 * none either but are written as if they had two; amounts with three decimals end in 0.
 * @see https://docs.stripe.com/currencies#zero-decimal
 */
export const stripeMoney: MoneyCodec<string> = minorUnitCodec({
  exponents: { MGA: 0, ISK: 2, UGX: 2 },
  multiples: { ISK: 100n, UGX: 100n, BHD: 10n, JOD: 10n, KWD: 10n, OMR: 10n, TND: 10n },
});

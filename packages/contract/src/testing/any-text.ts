import fc from 'fast-check';

/** Text of any code points, surrogates apart; fast-check's own `binary` strings take seconds to set up. */
export const anyText = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff })), {
    maxLength: 20,
  })
  .map((points) => String.fromCodePoint(...points));

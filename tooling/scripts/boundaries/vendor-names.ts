import { at, type Violation, type WorkspaceFile } from './violation.ts';

/** Vendors that have no connector in this workspace yet; those that have one are named by their folders. */
export const EXPECTED_VENDORS = ['salesforce', 'xero', 'intercom'];

/** packages/ are for every vendor alike: the name of one in code, comment, test, SQL or prose there is a special case. */
export function findVendorNames(file: WorkspaceFile, vendors: readonly string[]): Violation[] {
  if (!file.path.startsWith('packages/') || file.path.endsWith('/CHANGELOG.md')) return [];
  const names = new RegExp(vendors.join('|'), 'gi');
  return [...file.text.matchAll(names)]
    .filter((match) => isWord(file.text, match.index, match[0]))
    .map((match) => ({
      rule: 'no-vendor-names-in-packages',
      at: at(file, match.index),
      message: `"${match[0]}" names a vendor: say it in that vendor's connector, or say what is true of all vendors`,
    }));
}

/** `stripe`, `stripeEvent`, `isStripe` and `STRIPE_KEY` are the vendor; `striped` and `pinstripe` are not. */
function isWord(text: string, start: number, name: string): boolean {
  const before = text[start - 1] ?? '';
  const after = text[start + name.length] ?? '';
  const startsWord = !/[a-z]/i.test(before) || (/[a-z]/.test(before) && /[A-Z]/.test(name[0] ?? ''));
  const endsWord = !/[a-z]/i.test(after) || (/[A-Z]/.test(after) && name !== name.toUpperCase());
  return startsWord && endsWord;
}

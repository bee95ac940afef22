/** Semantic Versioning 2.0.0, https://semver.org: one exact version, no range, no tag, no `v`. */
const shape =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

export function isExactVersion(text: string): boolean {
  return shape.test(text) && text.length <= 128;
}

/** The older one first, by semver's precedence; what is no version comes before all that are. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [partsOf(left), partsOf(right)];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = compareParts(a[index], b[index]);
    if (order !== 0) return order;
  }
  return left < right ? -1 : Number(left > right);
}

/** A release stands behind all its pre-releases: it ends with what is greater than any of their parts. */
function partsOf(version: string): readonly string[] {
  const [, major = '', minor = '', patch = '', pre] = shape.exec(version) ?? [];
  return [major, minor, patch, ...(pre === undefined ? ['~'] : pre.split('.'))];
}

function compareParts(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined);
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOtherNumber) return Math.sign(Number(a) - Number(b));
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}

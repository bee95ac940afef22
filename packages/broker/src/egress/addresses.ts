import { isIP } from 'node:net';

/**
 * Which addresses a call may reach. IPv4 by a list of what is refused (IANA's special-purpose registry and the
 * addresses at which clouds answer from inside); IPv6 by what is allowed: global unicast without the ranges that
 * stand for something else. Mapped, translated and tunnelled forms of IPv4 are refused whatever they hold.
 */
export type AddressPolicy = 'public' | 'loopback';

export function isAllowedAddress(address: string, policy: AddressPolicy): boolean {
  const family = isIP(address);
  // A zone (%eth0) belongs to link-local addresses alone.
  if (family === 0 || address.includes('%')) return false;
  if (policy === 'loopback') return isLoopbackAddress(address);
  return family === 4 ? isPublicV4(address) : isPublicV6(address);
}

export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return inV4(numberOfV4(address), '127.0.0.0', 8);
  return family === 6 && groupsOfV6(address).join(':') === '0:0:0:0:0:0:0:1';
}

const refusedV4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

function isPublicV4(address: string): boolean {
  const number = numberOfV4(address);
  return !refusedV4.some(([network, bits]) => inV4(number, network, bits));
}

function inV4(number: number, network: string, bits: number): boolean {
  const shift = 2 ** (32 - bits);
  return Math.floor(number / shift) === Math.floor(numberOfV4(network) / shift);
}

function numberOfV4(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

/** Within 2000::/3: Teredo and IETF assignments, documentation, 6to4, documentation again. */
function isPublicV6(address: string): boolean {
  const [first = 0, second = 0] = groupsOfV6(address);
  if (first < 0x2000 || first > 0x3fff) return false;
  if (first === 0x2001 && (second < 0x0200 || second === 0x0db8)) return false;
  if (first === 0x2002) return false;
  return !(first === 0x3fff && second < 0x1000);
}

/** The eight groups of an address that `isIP` has called IPv6. */
function groupsOfV6(address: string): number[] {
  const text = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = text.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const left = parse(head);
  if (tail === undefined) return left;
  const right = parse(tail);
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

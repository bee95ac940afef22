import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { type AddressPolicy, isAllowedAddress } from './addresses.ts';
import { addressRefused } from './egress-errors.ts';

/** Resolves a name to all its addresses. */
export type Resolve = (
  hostname: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

export const systemResolve: Resolve = (hostname, done) =>
  systemLookup(hostname, { all: true, verbatim: true }, (error, addresses) => done(error, addresses ?? []));

/**
 * Opens sockets to allowed addresses alone. A name is resolved once, every address of the answer must be allowed, and
 * the socket goes to one of exactly these, with the name kept for TLS and Host. Literal addresses are held against
 * the same policy: a socket never looks them up.
 */
export function pinnedConnector(options: {
  policy: AddressPolicy;
  resolve: Resolve;
  timeoutMs: number;
}): buildConnector.connector {
  const { policy, resolve, timeoutMs } = options;
  const lookup: LookupFunction = (hostname, { all }, done) => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses;
      if (error !== null || first === undefined) {
        done(error ?? new Error(`${hostname} has no address`), []);
        return;
      }
      if (!addresses.every(({ address }) => isAllowedAddress(address, policy))) {
        done(addressRefused(hostname), []);
        return;
      }
      if (all === true) done(null, [...addresses]);
      else done(null, first.address, first.family);
    });
  };
  const connect = buildConnector({
    lookup,
    timeout: timeoutMs,
    allowH2: false,
    autoSelectFamily: true,
    // Said here, because the environment may say otherwise for the whole process.
    rejectUnauthorized: true,
  });
  return (target, done) => {
    const hostname = target.hostname.replace(/^\[|\]$/g, '');
    const isRefused =
      (policy === 'public' &&
        (target.protocol !== 'https:' || (target.port !== '' && target.port !== '443'))) ||
      (isIP(hostname) !== 0 && !isAllowedAddress(hostname, policy));
    if (isRefused) {
      done(addressRefused(hostname), null);
      return;
    }
    connect(target, (error, socket) => {
      if (error !== null) {
        done(error, null);
        return;
      }
      // The kernel's word on where the socket went.
      if (!isAllowedAddress(socket.remoteAddress ?? '', policy)) {
        socket.destroy();
        done(addressRefused(hostname), null);
        return;
      }
      done(null, socket);
    });
  };
}

import { ConfigurationError } from '@onceover/contract';
import type { FastifyInstance } from 'fastify';

const remedies: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (_host, port) =>
    `Port ${port} is in use. Stop what listens there, or set ONCEOVER_PORT to another port (0 picks a free one).`,
  EACCES: (_host, port) => `This user may not listen on port ${port}. Set ONCEOVER_PORT to one above 1023.`,
  EADDRNOTAVAIL: (host) => `${host} is no address of this machine. Correct ONCEOVER_HOST.`,
  ENOTFOUND: (host) => `The name ${host} has no address. Correct ONCEOVER_HOST.`,
};

/**
 * Starts to listen and gives the URL, with the port that was really taken.
 * @throws {ConfigurationError} with the remedy, when the address cannot be had
 */
export async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await server.listen({ host, port, listenTextResolver: (address) => `listening at ${address}` });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const remedy = remedies[code];
    if (remedy === undefined) throw cause;
    throw new ConfigurationError(remedy(host, port), { code: 'address_not_available', cause });
  }
  const address = server.server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
}

/** Takes no more requests and waits for those under way, but not for a sender that stalls. */
export async function closeServer(server: FastifyInstance, graceMs: number): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), graceMs);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}

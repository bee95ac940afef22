import { type DestinationStream, type Logger, pino } from 'pino';
import type { Environment } from './environment.ts';

/** Field names whose values never reach a log, wherever they stand. */
const secretFields = [
  'authorization',
  'accessToken',
  'refreshToken',
  'clientSecret',
  'webhookSecret',
  'apiKey',
  'password',
  'cookie',
];

/** The runner's log: JSON lines on standard error, the environment's name in each. */
export function createLog(
  environment: Pick<Environment, 'name' | 'logLevel'>,
  destination: DestinationStream = pino.destination({ dest: 2, sync: false }),
): Logger {
  return pino(
    {
      level: environment.logLevel,
      base: { environment: environment.name, pid: process.pid },
      redact: {
        paths: secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
    },
    destination,
  );
}

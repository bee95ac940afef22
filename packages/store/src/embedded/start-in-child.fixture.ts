import { startEmbeddedPostgres } from './start-embedded-postgres.ts';

// A process of its own that starts or adopts the server, says so on a line, and stops it when its standard input ends.
const server = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '' });
const { adopted, ownerUrl } = server;
process.stdout.write(`${JSON.stringify({ adopted, ownerUrl, uid: process.geteuid?.() })}\n`);
process.stdin.resume();
process.stdin.once('end', () => void server.stop());

import Fastify from 'fastify';

/** The limit for (a): a Fastify handler that reads the same bodies and does nothing. */
const app = Fastify({ logger: false });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body);
});
app.post('/v1/hooks/:id', async () => ({ delivery: 'none' }));
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`bare handler at ${url}\n`);
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));

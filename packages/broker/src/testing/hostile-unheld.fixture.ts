import hostile from './hostile-automation.fixture.ts';

/** The same attacks in a process that nobody holds: `node this.mjs <names as JSON> <targets as JSON>` prints what each got. */

const [names, targets = '{}'] = process.argv.slice(2);
// Two of the attacks start this file once more, to see it run.
if (names === undefined) setTimeout(() => process.exit(0), 3000);
const results: Record<string, unknown> = {};
for (const name of JSON.parse(names ?? '[]') as string[]) {
  const reply = await hostile.handle(
    { name, targets: JSON.parse(targets) as Record<string, string> },
    async () => null,
    new AbortController().signal,
  );
  // What was got may be an open socket or a worker: that it is there is enough.
  results[name] = 'got' in (reply as object) ? 'got' : reply;
}
if (names !== undefined) process.stdout.write(JSON.stringify(results), () => process.exit(0));

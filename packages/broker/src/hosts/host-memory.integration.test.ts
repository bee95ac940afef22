import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { manifestOf } from '@onceover/contract';
import { canaryForms, echoedForms } from '@onceover/store/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeCompiledConnector } from '../testing/compiled-code.fixture.ts';
import type { ConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { connector as hostile } from '../testing/hostile-connector.fixture.ts';
import { accessToken, openTestBroker, order, type TestBroker } from '../testing/open-test-broker.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';
import { testedLevels } from '../testing/tested-levels.fixture.ts';

/**
 * The memory of a connector's process, byte for byte, read from outside; and V8's own snapshot of its heap, taken by the
 * code: no form of the credential is in either. The memory has all that a snapshot has, and what was freed and is not
 * overwritten yet, buffers, and what V8 itself keeps.
 */

let built: ConnectorFolder;
beforeAll(async () => {
  const file = join(import.meta.dirname, '..', 'testing', 'hostile-connector.fixture.ts');
  built = await writeCompiledConnector(file, { manifest: manifestOf(hostile) });
});
afterAll(() => built[Symbol.asyncDispose]());

/** Processes that this one has started to hold code. */
function hostPids(): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return parent === String(process.pid) && command.includes('host-process');
      } catch {
        // It ended meanwhile.
        return false;
      }
    })
    .map(Number);
}

/** Which of the texts lie in a process's writable memory, as one byte a character or as two. */
function findInMemory(pid: number, texts: readonly string[]): { found: Set<string>; bytes: number } {
  const wanted = texts.flatMap((text) =>
    (['latin1', 'utf16le'] as const).map((encoding) => ({ text, needle: Buffer.from(text, encoding) })),
  );
  const overlap = Math.max(...wanted.map(({ needle }) => needle.length));
  const found = new Set<string>();
  let bytes = 0;
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const chunk = Buffer.alloc(16 * 1024 * 1024);
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    if (from === undefined || to === undefined) continue;
    const end = Number.parseInt(to, 16);
    for (let at = Number.parseInt(from, 16); at < end; at += chunk.length - overlap) {
      const length = readAt(memory, chunk, at, Math.min(chunk.length, end - at));
      bytes += length;
      const part = chunk.subarray(0, length);
      for (const { text, needle } of wanted) if (part.includes(needle)) found.add(text);
      if (end - at <= chunk.length) break;
    }
  }
  closeSync(memory);
  return { found, bytes };
}

/** Pages that were never touched cannot be read. */
function readAt(memory: number, chunk: Buffer, at: number, length: number): number {
  try {
    return readSync(memory, chunk, 0, length, at);
  } catch {
    return 0;
  }
}

/** No secret: the same searches must find it. */
const control = 'left-behind-and-to-be-found-in-memory';

/** Has the connector meet every kind of answer, most of which tell the credential back. */
async function useConnector(kit: TestBroker): Promise<void> {
  kit.vendor.handle = answerJson(200, { ids: ['v-1'] });
  await kit.call({ operation: 'orders.create', records: [order('1')] });
  for (const status of [200, 401, 403, 422, 429, 500]) {
    kit.vendor.handle = (request, response) => {
      const { authorization = '' } = request.headers;
      const echo = Object.fromEntries(echoedForms(authorization.replace('Bearer ', '')).entries());
      const body = { message: `"${authorization}" may not do that`, echo };
      answerJson(status, body, { 'x-echo': authorization, 'retry-after': '0' })(request, response);
    };
    await kit.call({ operation: 'orders.keep', input: {} });
    await kit.call({ operation: 'orders.create', records: [order(`failing-${status}`)] });
  }
  await attack(kit, 'leave a secret in the module', { left: control });
}

/** What the attack got. */
async function attack(kit: TestBroker, name: string, targets: Record<string, string> = {}): Promise<unknown> {
  const { reply } = await kit.call({ operation: 'code.attack', input: { name, targets } });
  // The operation answers with exactly this.
  return (reply as { output?: { got?: unknown } }).output?.got;
}

/** Every text of V8's snapshot of the connector's heap. */
async function heapTexts(kit: TestBroker): Promise<string> {
  const bytes = Number(await attack(kit, 'take a snapshot of its heap'));
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes; ) {
    const piece = Buffer.from(
      String(await attack(kit, 'give a piece of the snapshot', { at: String(at) })),
      'base64',
    );
    pieces.push(piece);
    at += piece.length;
  }
  const { strings } = JSON.parse(Buffer.concat(pieces).toString()) as { strings: string[] };
  return strings.join('\n');
}

describe.each(testedLevels)('%s', (isolation) => {
  let kit: TestBroker;
  beforeAll(async () => {
    kit = await openTestBroker({ isolation, folder: built.folder });
    await useConnector(kit);
  });
  afterAll(() => kit[Symbol.asyncDispose]());
  const forms = canaryForms(accessToken);

  test('the credential was there to be found', () => {
    expect(kit.vendor.requests.length).toBeGreaterThan(7);
    expect(kit.vendor.requests[0]?.headers.authorization).toContain(accessToken);
    // By the same search, in the process that does hold it.
    expect([...findInMemory(process.pid, [accessToken]).found]).toEqual([accessToken]);
  });

  test('the memory of a connector’s process holds no form of the credential', () => {
    const pids = hostPids();
    expect(pids).toHaveLength(1);
    const { found, bytes } = findInMemory(pids[0] ?? 0, [...forms, control, '[redacted]']);
    expect([...found].toSorted()).toEqual(['[redacted]', control].toSorted());
    expect(bytes).toBeGreaterThan(10_000_000);
  });

  test('a snapshot of its heap holds no form of the credential', async () => {
    const texts = await heapTexts(kit);
    expect(texts.length).toBeGreaterThan(100_000);
    const found = [...forms, control, '[redacted]'].filter((text) => texts.includes(text));
    expect(found.toSorted()).toEqual(['[redacted]', control].toSorted());
  });
});

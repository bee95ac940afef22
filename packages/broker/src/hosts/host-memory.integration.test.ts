import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { manifestOf } from '@onceover/contract';
import { canaryForms } from '@onceover/store/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeCompiledConnector } from '../testing/compiled-code.fixture.ts';
import type { ConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { connector as hostile } from '../testing/hostile-connector.fixture.ts';
import { accessToken, openTestBroker, order, type TestBroker } from '../testing/open-test-broker.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';

/** The memory of a connector's process, read from outside, byte for byte: no form of the credential is in it. */

let built: ConnectorFolder;
let kit: TestBroker;
beforeAll(async () => {
  const file = join(import.meta.dirname, '..', 'testing', 'hostile-connector.fixture.ts');
  built = await writeCompiledConnector(file, { manifest: manifestOf(hostile) });
  kit = await openTestBroker({ isolation: 'permission', folder: built.folder });
});
afterAll(async () => {
  await kit[Symbol.asyncDispose]();
  await built[Symbol.asyncDispose]();
});

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

describe('the memory of a connector’s process', () => {
  test('holds no form of the credential after calls, refusals, failures and echoes; the search finds what is there', async () => {
    kit.vendor.handle = answerJson(200, { ids: ['v-1'] });
    await kit.call({ operation: 'orders.create', records: [order('1')] });
    for (const status of [200, 401, 403, 422, 429, 500]) {
      kit.vendor.handle = (request, response) => {
        const { authorization = '' } = request.headers;
        const echo = Object.fromEntries(canaryForms(authorization.replace('Bearer ', '')).slice(4).entries());
        const body = { message: `"${authorization}" may not do that`, echo };
        answerJson(status, body, { 'x-echo': authorization, 'retry-after': '0' })(request, response);
      };
      await kit.call({
        operation: 'probe.read',
        input: { requests: [{ method: 'GET', path: '/orders/1' }] },
      });
      await kit.call({ operation: 'orders.create', records: [order(`failing-${status}`)] });
    }
    const control = 'left-behind-and-to-be-found-in-memory';
    const targets = { left: control };
    await kit.call({ operation: 'code.attack', input: { name: 'leave a secret in the module', targets } });

    const pids = hostPids();
    expect(pids).toHaveLength(1);
    expect(kit.vendor.requests.length).toBeGreaterThan(7);
    expect(kit.vendor.requests[0]?.headers.authorization).toContain(accessToken);
    const forms = canaryForms(accessToken);
    const { found, bytes } = findInMemory(pids[0] ?? 0, [...forms, control, '[redacted]']);
    expect([...found].toSorted()).toEqual(['[redacted]', control].toSorted());
    expect(bytes).toBeGreaterThan(10_000_000);
    // The same search of the process that does hold it.
    expect([...findInMemory(process.pid, [accessToken]).found]).toEqual([accessToken]);
  });
});

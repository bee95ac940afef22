import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** What code sees of zod in a process that has, or has not, been told to keep to one language. */
async function zodIn(preparation: string): Promise<unknown> {
  const code = `${preparation}
    const { z } = await import('zod');
    const message = z.string().safeParse(1).error?.issues[0]?.message;
    console.log(JSON.stringify({ locales: Object.keys(z.locales).length, english: z.locales.en().localeError !== undefined, message }));`;
  const args = ['--input-type=module', '--no-warnings', '--eval', code];
  const { stdout } = await run(process.execPath, args, { cwd: import.meta.dirname });
  return JSON.parse(stdout);
}

test('a host’s zod speaks English alone, and says what it said before', async () => {
  const file = pathToFileURL(join(import.meta.dirname, 'process', 'one-language.ts')).href;
  const use = `const { useOneLanguage } = await import('${file}'); useOneLanguage();`;
  const [all, one] = await Promise.all([zodIn(''), zodIn(use)]);
  const message = 'Invalid input: expected string, received number';
  expect(all).toEqual({ locales: expect.any(Number), english: true, message });
  expect(one).toEqual({ locales: 1, english: true, message });
});

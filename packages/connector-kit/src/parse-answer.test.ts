import { OutcomeUnknownError, UpstreamError } from '@onceover/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseAnswer, parseWritten } from './parse-answer.ts';

const schema = z.object({ id: z.string() });

test('a read whose answer is another thing is the vendor’s fault and may be tried again', () => {
  expect(parseAnswer(schema, { id: 'a' }, 'a contact')).toEqual({ id: 'a' });
  expect(() => parseAnswer(schema, { id: 7 }, 'a contact')).toThrow(UpstreamError);
});

test('a write whose answer is another thing is unknown, and the log has places but no values', () => {
  expect(parseWritten(schema, { id: 'a' }, 'a contact')).toEqual({ id: 'a' });
  const thrown = (() => {
    try {
      return parseWritten(schema, { id: { email: 'ada@example.com' } }, 'a contact');
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(OutcomeUnknownError);
  expect(thrown).toMatchObject({ retry: 'never', logMessage: expect.stringMatching(/: \/id$/) });
  expect(JSON.stringify(thrown)).not.toContain('ada');
});

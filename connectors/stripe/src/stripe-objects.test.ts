import { expect, test } from 'vitest';
import { endpointAnswerSchema } from './stripe-objects.ts';

const endpoint = { id: 'w', url: 'https://onceover.example/v1/hooks/billing', enabled_events: [] };

test('an endpoint is read without a status, and not without an id', () => {
  for (const status of [undefined, null, 'enabled']) {
    expect(endpointAnswerSchema.safeParse({ ...endpoint, status }).success).toBe(true);
  }
  expect(endpointAnswerSchema.safeParse({ ...endpoint, id: '' }).success).toBe(false);
});

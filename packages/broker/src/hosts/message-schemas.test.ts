import type { JsonValue } from '@onceover/contract';
import { describe, expect, test } from 'vitest';
import { parseCallback, parseReply } from './message-schemas.ts';

describe('a reply of a wrong shape is refused', () => {
  test.each<[JsonValue]>([
    [null],
    ['text'],
    [[]],
    [{}],
    [{ kind: 'unheard of' }],
    [{ kind: 'written' }],
    [{ kind: 'written', outcomes: [{ outcome: 'created' }] }],
    [{ kind: 'written', outcomes: [{ outcome: 'done', vendorId: '1' }] }],
    [{ kind: 'written', outcomes: [{ outcome: 'created', vendorId: '' }] }],
    [{ kind: 'written', outcomes: [], more: 1 }],
    [{ kind: 'read' }],
    [{ kind: 'looked-up', vendorIds: [1] }],
    [{ kind: 'normalized', items: [{}] }],
    [{ kind: 'normalized', items: [{ events: [{ type: 'x' }] }] }],
    [{ kind: 'error', error: null }],
    [{ kind: 'error', error: { class: 'X', code: 'x', message: 'x', logMessage: 'x', retry: 'soon' } }],
  ])('%j', (message) => {
    expect(() => parseReply(message)).toThrow(expect.objectContaining({ code: 'host_reply' }));
  });
});

describe('a call back of a wrong shape is refused', () => {
  const request = { method: 'GET', path: '/', query: '', headers: {} };
  test.each<[JsonValue]>([
    [null],
    [{ kind: 'secrets' }],
    [{ kind: 'http', request: { ...request, method: 1 } }],
    [{ kind: 'http', request: { ...request, headers: { a: 1 } } }],
    [{ kind: 'http', request: { ...request, body: {} } }],
    [{ kind: 'http', request: { ...request, origin: 'https://evil.example' } }],
    [{ kind: 'links-find', resource: '', keys: [] }],
    [{ kind: 'links-find', resource: 'x', keys: Array(1001).fill('k') as string[] }],
    [{ kind: 'links-find', resource: 'x', keys: [], tenant: 'other' }],
    [{ kind: 'links-forget', resource: 'x' }],
  ])('%j', (message) => {
    expect(() => parseCallback(message)).toThrow(expect.objectContaining({ code: 'host_callback' }));
  });
});

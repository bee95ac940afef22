import { expect, test } from 'vitest';
import { checkIdentity, isSharedMailbox } from './shared-identities.ts';

test.for([
  'integration@acme.example',
  'Admin@acme.example',
  'no-reply@a.example',
  'support@a.example',
  'admin+crm@a.example',
  'integration2@a.example',
])('%s is a mailbox that several people read', (identity) => expect(isSharedMailbox(identity)).toBe(true));

test.for(['onceover-crm@acme.example', 'onceover-crm', 'admin', '35436', 'maria.admin@acme.example'])(
  '%s may be an identity',
  (identity) => expect(isSharedMailbox(identity)).toBe(false),
);

test('a shared mailbox is refused with its place, unless a reason is on file', () => {
  const identity = 'admin@acme.example';
  expect(() => checkIdentity({ id: 'crm', identity })).toThrow(
    expect.objectContaining({ code: 'identity_shared', path: '/identity' }),
  );
  checkIdentity({ id: 'crm', identity, identityException: { reason: 'the vendor allows one account only' } });
});

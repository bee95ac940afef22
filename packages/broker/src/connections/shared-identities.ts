import { ConfigurationError } from '@onceover/contract';

/**
 * Mailboxes that many read, or that everybody has: whoever reads one can sign in as it, and nobody knows who did. RFC
 * 2142 names some of them.
 */
const shared = new Set(
  [
    'admin administrator root superuser owner service services system bot test integration integrations',
    'api automation automations sync connector connectors it ops dev developer developers devops',
    'engineering tech team all everyone info contact hello office mail support help helpdesk sales',
    'marketing billing finance accounting accounts invoices hr jobs legal press security abuse noc',
    'hostmaster postmaster webmaster noreply donotreply',
  ].flatMap((line) => line.split(' ')),
);

/** Whether an e-mail address is a mailbox that many share, however it is spelt. */
export function isSharedMailbox(identity: string): boolean {
  const [local, domain] = identity.trim().toLowerCase().split('@');
  if (local === undefined || domain === undefined) return false;
  const [name = ''] = local.split('+');
  return shared.has(name.replaceAll(/[._-]|\d+$/g, ''));
}

/** @throws {ConfigurationError} `identity_shared` unless an exception with its reason is on file */
export function checkIdentity(config: {
  id: string;
  identity?: string | undefined;
  identityException?: { reason: string } | undefined;
}): void {
  const { id, identity, identityException } = config;
  if (identity === undefined || identityException !== undefined || !isSharedMailbox(identity)) return;
  throw new ConfigurationError(
    `${identity} is a mailbox that several people read: whoever can may sign in as the connection "${id}". Name a service account of its own, or add "identityException": { "reason": … }.`,
    { code: 'identity_shared', path: '/identity' },
  );
}

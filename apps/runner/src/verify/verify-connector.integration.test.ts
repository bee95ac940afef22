import { join } from 'node:path';
import { loadConnectorFolder } from '@onceover/broker';
import { createTestDatabase } from '@onceover/store/testing';
import { expect, test } from 'vitest';
import { packageFolder } from '../package-folder.ts';
import { type VerifyFault, writeVerifiable } from '../testing/verifiable-connector.ts';
import { verifyConnector } from './verify-connector.ts';

async function openDatabase() {
  const database = await createTestDatabase();
  return { ...database, stop: () => database.drop() };
}

async function verify(folder: string) {
  const checks = await verifyConnector({
    connector: await loadConnectorFolder(folder),
    sandboxFolder: folder,
    cli: join(packageFolder(), 'bin', 'onceover.mjs'),
    variables: {},
    kill: false,
    openDatabase,
    progress: () => {},
    signal: new AbortController().signal,
  });
  return {
    results: Object.fromEntries(checks.map(({ check, result }) => [check, result])),
    details: Object.fromEntries(checks.map(({ check, detail }) => [check, detail])),
  };
}

const faults: readonly (readonly [VerifyFault, line: string, message: RegExp])[] = [
  ['needs a file', 'isolation', /no files but the package's.*import nothing that needs them/],
  ['other manifest', 'manifest', /declares another manifest than .*Build it again/],
  ['no sandbox', 'sandbox', /must print one JSON line/],
  ['no consent page', 'authorize', /consent page answered 404 at \/authorize/],
  ['undeclared call', 'write', /customers\.upsert .*call_not_declared/],
  ['any token', 'refresh', /it must answer 401/],
  ['no refresh', 'refresh', /check tokenUrl, refresh and tokenBody/],
  ['no revocation', 'revoke', /not proven: .*must end what is revoked/],
  ['another suite', 'conformance', /about another manifest than dist\/manifest\.json/],
  ['changes its files', 'files', /left\.txt was added/],
];

test.each(faults)(
  'verify: a connector with the fault "%s" fails the line %s, and says what to change',
  async (fault, line, message) => {
    await using built = await writeVerifiable(fault, { hasSuite: fault === 'another suite' });
    const { results, details } = await verify(built.path);
    expect({ result: results[line], detail: details[line] }).toEqual({
      result: 'failed',
      detail: expect.stringMatching(message),
    });
  },
  60_000,
);

const severalFaults: readonly (readonly [
  faults: readonly VerifyFault[],
  failing: Readonly<Record<string, RegExp>>,
  passing: Readonly<Record<string, RegExp>>,
])[] = [
  [
    ['subscribes twice', 'old secret holds', 'says no steps', 'a line fails'],
    {
      subscription: /lists our URL 2 times.*must list every subscription/,
      'rotation, accessToken': /old accessToken still works at the end: the hook revoke must end it/,
      'rotation, webhookSecret': /told too little.*needs its page and steps/,
      'conformance, customers.upsert':
        /1 of 2 lines do not hold\. "customers\.upsert: it stays one": there are two/,
      unsubscribe: /still lists 1 for our URL/,
    },
    {
      'rotation, clientSecret':
        /1 steps; version 1 ▸ 2; a use of the old one is refused; 1 current.*0 of \d+ calls/,
    },
  ],
  [
    ['keeps its subscription', 'leaves an orphan', 'a suite that writes'],
    {
      unsubscribe: /still lists 1 for our URL.*subscriptions\.remove must remove it/,
      'rotation, accessToken': /left 1 at the vendor that nobody uses/,
      'conformance, customers.upsert':
        /1 of 2 lines do not hold\. "customers\.upsert: it stays one": Access to this API/,
    },
    {
      'conformance, manifest': /^1 lines of the suite hold/,
      subscription: /listed once.*delivery is accepted, a forged one refused/,
      'rotation, webhookSecret': /2 steps; version 1 ▸ 2; no use tells.*1 current/,
    },
  ],
];

test.concurrent.each(severalFaults)(
  'verify: a connector with the faults %j fails a line for each',
  async (given, failing, passing) => {
    await using built = await writeVerifiable(given, { hasExtras: true, hasSuite: true });
    const { results, details } = await verify(built.path);
    const ofResult = (wanted: string) => Object.keys(results).filter((name) => results[name] === wanted);
    expect(ofResult('failed').toSorted()).toEqual(Object.keys(failing).toSorted());
    expect(ofResult('passed')).toEqual(expect.arrayContaining(Object.keys(passing)));
    for (const [name, message] of Object.entries({ ...failing, ...passing })) {
      expect(details[name]).toMatch(message);
    }
  },
  60_000,
);

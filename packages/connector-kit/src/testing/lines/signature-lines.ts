import { type DeliveryRequest, verifyDelivery, type WebhookManifest } from '@onceover/contract';
import { expect } from 'vitest';
import { signDelivery } from '../../sandbox/index.ts';
import type { SignatureVector } from '../conformance-options.ts';
import { flipped } from '../flipped-delivery.ts';
import { createWorld } from '../world.ts';
import type { Line, Subject } from './line.ts';

const flips = 400;
const seed = 20261124;

/** The manifest's signature scheme is the vendor's: judged by deliveries that the vendor's own SDK signed. */
export function signatureLines<State>(subject: Subject<State>): Line[] {
  return subject.connector.manifest.triggers.flatMap((trigger) => {
    if (trigger.kind !== 'webhook') return [];
    const vectors = subject.options.triggers[trigger.name]?.vectors ?? [];
    return [
      ...vectors.flatMap((vector) => vectorLines(trigger, vector)),
      sandboxLine(subject, trigger, vectors),
    ];
  });
}

function vectorLines(trigger: WebhookManifest, vector: SignatureVector): Line[] {
  const { signature: scheme } = trigger;
  const about = `${trigger.name}: ${vector.name}`;
  const delivery: DeliveryRequest = {
    method: vector.method,
    url: vector.url,
    headers: vector.headers,
    rawBody: Buffer.from(vector.body),
  };
  const signedAt = vector.signedAt ?? new Date('2026-11-24T10:00:00Z');
  const verify = (secrets: readonly string[], shiftSeconds = 0, request = delivery) =>
    verifyDelivery(scheme, request, secrets, new Date(signedAt.getTime() + shiftSeconds * 1000));
  const lines: Line[] = [
    {
      about,
      name: 'what the vendor’s SDK signed is accepted, with its secret alone or beside another',
      run() {
        for (const secrets of [[vector.secret], ['new', vector.secret], [vector.secret, 'old']]) {
          expect(verify(secrets).verified).toBe(true);
        }
      },
    },
    {
      about,
      name: 'another secret, or none, is refused',
      run() {
        for (const secrets of [[], ['another'], [`${vector.secret} `], ['']]) {
          expect(verify(secrets).verified).toBe(false);
        }
      },
    },
    {
      about,
      name: `${flips} seeded changes of one byte in body, signature, time or signed URL are refused`,
      run() {
        const changed = flipped(scheme, delivery, { flips, seed });
        expect(changed.length).toBe(flips);
        const accepted = changed.filter(({ request }) => verify([vector.secret], 0, request).verified);
        expect(accepted.map(({ what }) => what)).toEqual([]);
      },
    },
    {
      about,
      name: 'a delivery without its signature is refused',
      run() {
        const { [scheme.header.toLowerCase()]: _signature, ...headers } = delivery.headers;
        expect(verify([vector.secret], 0, { ...delivery, headers }).verified).toBe(false);
      },
    },
  ];
  const tolerance = scheme.timestamp?.toleranceSeconds;
  if (tolerance !== undefined) {
    lines.push({
      about,
      name: 'a time before or after the tolerance is refused, within it accepted',
      run() {
        expect(vector.signedAt, 'the vector says when it was signed').toBeDefined();
        for (const shift of [-tolerance - 1, tolerance + 1]) {
          expect(verify([vector.secret], shift)).toEqual({ verified: false, reason: 'stale-timestamp' });
        }
        for (const shift of [1 - tolerance, tolerance - 1]) {
          expect(verify([vector.secret], shift).verified).toBe(true);
        }
      },
    });
  }
  return lines;
}

function sandboxLine<State>(
  { connector, options }: Subject<State>,
  trigger: WebhookManifest,
  vectors: readonly SignatureVector[],
): Line {
  return {
    about: trigger.name,
    name: 'the sandbox signs as the vendor’s SDK does, and its deliveries are accepted',
    async run() {
      expect(vectors.length, 'at least one vector made by the vendor’s SDK').toBeGreaterThan(0);
      for (const { secret, method, url, headers, body, signedAt } of vectors) {
        const signed = signDelivery(
          options.sandbox.webhook.scheme,
          { method, url, body, headers },
          secret,
          signedAt ?? new Date(0),
        );
        expect(headers).toMatchObject(signed);
      }
      const { sandbox, clock } = await createWorld(connector, options);
      for (const { item } of options.triggers[trigger.name]?.items ?? []) {
        const { method, url, headers, body } = sandbox.render({
          to: 'http://127.0.0.1:4400/v1/hooks/x',
          event: item,
        });
        const verdict = verifyDelivery(
          trigger.signature,
          { method, url, headers, rawBody: Buffer.from(body) },
          [sandbox.webhookSecret],
          clock.now(),
        );
        expect(verdict.verified).toBe(true);
      }
    },
  };
}

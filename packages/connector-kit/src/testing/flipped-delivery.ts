import type { DeliveryRequest, SignatureScheme } from '@onceover/contract';
import { createSeededRandom } from './seeded-random.ts';

/** A delivery with one byte changed where the signature looks. */
export interface FlippedDelivery {
  what: string;
  request: DeliveryRequest;
}

/**
 * Copies of a delivery, each with one byte of its body, signature, signed time or signed URL changed. Changes that
 * say the same (a hex digit in the other case) are not made.
 */
export function flipped(
  scheme: SignatureScheme,
  delivery: DeliveryRequest,
  { flips, seed }: { flips: number; seed: number },
): readonly FlippedDelivery[] {
  const random = createSeededRandom(seed);
  const places = placesOf(scheme, delivery);
  return Array.from({ length: flips }, (_, index) => {
    const place = places[index % places.length];
    if (place === undefined) throw new Error('nothing is signed');
    const at = place.from + random(place.to - place.from);
    return { what: `${place.name} at ${at}`, request: place.change(at, random) };
  });
}

interface Place {
  name: string;
  from: number;
  to: number;
  change(at: number, random: (below: number) => number): DeliveryRequest;
}

function placesOf(scheme: SignatureScheme, delivery: DeliveryRequest): Place[] {
  const places: Place[] = [];
  if (scheme.signed.includes('body') && delivery.rawBody.length > 0) {
    places.push({
      name: 'body',
      from: 0,
      to: delivery.rawBody.length,
      change(at, random) {
        const rawBody = Buffer.from(delivery.rawBody);
        rawBody[at] = (rawBody[at] ?? 0) ^ (1 << random(8));
        return { ...delivery, rawBody };
      },
    });
  }
  if (scheme.signed.includes('url')) {
    places.push({
      name: 'url',
      from: 0,
      to: delivery.url.length,
      change: (at, random) => ({ ...delivery, url: replaceAt(delivery.url, at, random) }),
    });
  }
  const header = scheme.header.toLowerCase();
  for (const range of signatureRanges(scheme, delivery.headers[header] ?? '')) {
    places.push(headerPlace(delivery, header, range));
  }
  const timeHeader = scheme.timestamp?.header?.toLowerCase();
  if (scheme.format.kind === 'plain' && timeHeader !== undefined) {
    places.push(
      headerPlace(delivery, timeHeader, { from: 0, to: (delivery.headers[timeHeader] ?? '').length }),
    );
  }
  return places;
}

/** Where in the header the signature and its time stand; other fields mean nothing to the scheme. */
function signatureRanges(scheme: SignatureScheme, value: string): { from: number; to: number }[] {
  if (scheme.format.kind === 'plain') return [{ from: 0, to: value.length }];
  const { timestamp, signature } = scheme.format;
  return [...value.matchAll(/([^=,\s]+)=([^,]*)/g)]
    .filter(([, name]) => name === timestamp || name === signature)
    .map((found) => {
      const from = found.index + (found[1] ?? '').length + 1;
      return { from, to: from + (found[2] ?? '').length };
    });
}

function headerPlace(
  delivery: DeliveryRequest,
  name: string,
  { from, to }: { from: number; to: number },
): Place {
  return {
    name,
    from,
    to,
    change: (at, random) => ({
      ...delivery,
      headers: { ...delivery.headers, [name]: replaceAt(delivery.headers[name] ?? '', at, random) },
    }),
  };
}

const alphabet = 'abcdef0123456789ghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/=-_'.split('');

/** Another character in the same place, also when case does not matter. */
function replaceAt(text: string, at: number, random: (below: number) => number): string {
  const old = (text[at] ?? '').toLowerCase();
  const others = alphabet.filter((character) => character.toLowerCase() !== old);
  return text.slice(0, at) + (others[random(others.length)] ?? 'x') + text.slice(at + 1);
}

import { canonicalEmail, canonicalText, ValidationError } from '@onceover/contract';
import type { AnyFlow, FlowEvent } from '../flows/flow.ts';
import { callUserCode, describe } from './call-user-code.ts';

const longestKey = 512;

/**
 * The lane of an event, in canonical form: trimmed, NFC, and what looks like an e-mail address in lower case. A
 * lane that is shared too widely only waits longer; one that is split loses the order.
 */
export function orderEvent(flow: AnyFlow, event: FlowEvent): string | null {
  if (flow.orderBy === undefined) return null;
  const at = { flow: flow.facts.id, function: 'orderBy' };
  const key = callUserCode(at, flow.orderBy, { event });
  if (key === undefined || key === null) return null;
  if (typeof key !== 'string') {
    throw new ValidationError(`${describe(at)} must give text, null or undefined`, { path: '' });
  }
  if (key.length > longestKey) {
    throw new ValidationError(
      `${describe(at)} gave a key of ${key.length} characters, ${longestKey} at most`,
      {
        path: '',
      },
    );
  }
  const text = canonicalText(key);
  if (text === '') return null;
  return /^[^\s@]+@[^\s@]+$/.test(text) ? canonicalEmail(text) : text;
}

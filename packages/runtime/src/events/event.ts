import type { EventView } from '@onceover/automation/host';
import type { JsonValue } from '@onceover/contract';

/** An event that is about to be recorded: checked, and its texts storable. */
export interface NewEvent {
  tenant: string;
  source: string;
  id: string;
  /** `billing.invoice-paid.v1` */
  type: string;
  subject: string | null;
  time: Date;
  data: JsonValue;
  /** Further CloudEvents attributes. */
  attributes: Readonly<Record<string, JsonValue>> | null;
  /** One of our own writes caused it. */
  isEcho: boolean;
}

/** An event as flows see it. */
export function viewOf(event: NewEvent): EventView {
  const { id, source, type, time, subject, data } = event;
  return { id, source, type, time: time.toISOString(), ...(subject === null ? {} : { subject }), data };
}

/** What makes an event the same as another. */
export function keyOfEvent({ tenant, source, id }: Pick<NewEvent, 'tenant' | 'source' | 'id'>): string {
  return JSON.stringify([tenant, source, id]);
}

import {
  ConfigurationError,
  errorFromData,
  findOperation,
  isApplied,
  type JsonValue,
  type ListedSubscription,
  listedSubscriptionSchema,
  type OperationManifest,
  UpstreamError,
} from '@onceover/contract';
import { z } from 'zod';
import { type CallerPorts, callResolved } from '../calls/call-operation.ts';
import type { WriteReport } from '../call-types.ts';
import type { WithheldSecret } from '../calls/withhold-secrets.ts';
import type { Secret } from '../secret.ts';
import type { SubscriptionOwner } from './subscription-owner.ts';

export type VendorPorts = Omit<CallerPorts, 'connections'>;

/** The vendor's side of a subscription, through the connector's own operations in its host. */
export interface VendorSubscriptions {
  list(): Promise<readonly ListedSubscription[]>;
  /** @param write.effectKey the same for each attempt of one creation */
  create(write: Write & { url: string }): Promise<MadeAtVendor>;
  remove(write: Write & { vendorId: string }): Promise<void>;
  /** The signing secret, where the vendor tells it more than once. */
  tellSecret(vendorId: string): Promise<Secret | undefined>;
}

/**
 * `refused`: the vendor has said so, or nothing was sent: none was made. `failed`: it has said that it failed, and one
 * may have been made all the same; repeated, where it says that it said so before. What else may have been made is
 * thrown.
 */
export type MadeAtVendor = { vendorId: string; secret: Secret | undefined } | Unmade;
type Unmade = { refused: Error } | { failed: Error; isRepeated: boolean };

interface Write {
  effectKey: string;
  /** Throws when it may not be sent any more: asked at its first byte. */
  mayStart(): void;
}

const listSchema = z.object({ subscriptions: z.array(listedSubscriptionSchema) });

/** Errors of all of them are the call's own, typed. */
export function vendorSubscriptions(
  owner: SubscriptionOwner,
  ports: VendorPorts,
  signal: AbortSignal,
): VendorSubscriptions {
  const { connection, subscription, secret, tokens } = owner;
  const { manifest } = connection.info.connector;
  const callPorts = { ...ports, accessTokens: tokens };
  const operationOf = (name: string): OperationManifest => {
    const operation = findOperation(manifest, name);
    if (operation !== undefined) return operation;
    throw new ConfigurationError(`${manifest.id} has no operation "${name}"`, { code: 'operation_unknown' });
  };
  const common = {
    tenant: owner.tenant,
    connection: connection.info.id,
    mode: 'execute',
    signal,
  } as const;

  const read = async (name: string, input: JsonValue) => {
    const operation = operationOf(name);
    const call = { ...common, operation: name, input };
    const { reply, withheld } = await callResolved({ connection, operation }, call, callPorts);
    if (reply.kind === 'error') throw errorFromData(reply.error);
    if (reply.kind !== 'read') throw unexpected(name);
    return { output: reply.output, withheld };
  };
  const write = async (
    name: string,
    record: JsonValue,
    naturalKey: string,
    { effectKey, mayStart }: Write,
  ): Promise<{ vendorId: string; withheld: readonly WithheldSecret[] } | Unmade> => {
    const operation = operationOf(name);
    const records = [{ record, naturalKey, effectKey }];
    const call = { ...common, operation: name, records, hooks: { mayStart } };
    const { reply, withheld, write: sent } = await callResolved({ connection, operation }, call, callPorts);
    const outcome = reply.kind === 'written' ? reply.outcomes[0] : undefined;
    const error =
      outcome?.outcome === 'failed' ? outcome.error : reply.kind === 'error' ? reply.error : undefined;
    if (error !== undefined) {
      if (wasRefused(sent)) return { refused: errorFromData(error) };
      if (sent.state !== 'answered' || sent.answer.status < 500) throw errorFromData(error);
      return { failed: errorFromData(error), isRepeated: sent.replayed };
    }
    if (outcome === undefined || !isApplied(outcome.outcome) || !('vendorId' in outcome)) {
      throw unexpected(name);
    }
    return { vendorId: outcome.vendorId, withheld };
  };
  const secretIn = (withheld: readonly WithheldSecret[]) =>
    withheld.findLast(({ name }) => name === secret.name)?.value;

  return {
    async list() {
      const { output } = await read(subscription.list, {});
      const parsed = listSchema.safeParse(output);
      if (!parsed.success) throw unexpected(subscription.list);
      // A list that moves while it is read page by page may name one twice.
      return [...new Map(parsed.data.subscriptions.map((one) => [one.vendorId, one])).values()];
    },
    async create({ url, ...facts }) {
      const record = { url, topics: [...subscription.topics] };
      const made = await write(subscription.create, record, url, facts);
      return 'vendorId' in made ? { vendorId: made.vendorId, secret: secretIn(made.withheld) } : made;
    },
    async remove({ vendorId, ...facts }) {
      const removed = await write(subscription.remove, { vendorId }, vendorId, facts);
      if ('refused' in removed) throw removed.refused;
      if ('failed' in removed) throw removed.failed;
    },
    async tellSecret(vendorId) {
      if (subscription.tellSecret === undefined) return undefined;
      return secretIn((await read(subscription.tellSecret, { vendorId })).withheld);
    },
  };
}

/** The vendor refused the write, or never got it. */
function wasRefused(sent: WriteReport): boolean {
  if (sent.state === 'answered') return sent.answer.status >= 400 && sent.answer.status < 500;
  return sent.state !== 'lost';
}

function unexpected(name: string): UpstreamError {
  return new UpstreamError(`${name} did not tell what became of it; it is looked at again`, {
    code: 'subscription_untold',
    retry: 'later',
  });
}

import type { Broker } from '../create-broker.ts';
import { browse } from './oauth-vendor.fixture.ts';

export const publicUrl = 'http://127.0.0.1:4400';
export const redirectUri = `${publicUrl}/v1/oauth/callback/app`;

/** What a person does: opens the link, agrees at the vendor, comes back. */
export async function connect({ oauth }: Broker, connection: string): Promise<string | null> {
  const { ticket } = await oauth.begin({ tenant: 'default', connection, by: 'test' });
  const { redirectTo, cookie } = await oauth.start({ ticket, publicUrl });
  const back = await browse(redirectTo, publicUrl);
  const { failure } = await oauth.complete({
    registration: 'app',
    query: back.search.slice(1),
    cookies: { [cookie.name]: cookie.value },
    publicUrl,
  });
  return failure;
}

import { EarlierRunFailedError } from './earlier-run-failed-error.ts';
import { joinWrites } from './lane-writes.ts';
import { saveApart } from './save-what-is-known.ts';
import { isLaneTrouble, type WorkContext } from './work-context.ts';

/**
 * Makes durable what was gathered; the lane stays held.
 * @throws {LaneLostError}
 * @throws {EarlierRunFailedError}
 */
export async function saveNow({ ports, session, before, writes }: WorkContext): Promise<void> {
  const { saver } = ports;
  const earlier = before.splice(0);
  const own = writes.take();
  try {
    await saver.save(session.lane, joinWrites([...earlier.map((ended) => ended.writes), own]), null);
  } catch (error) {
    if (isLaneTrouble(error) || earlier.length === 0) throw error;
    // One of them cannot be stored: that must not take the others along.
    const release = await saveApart({ ports, session, ended: earlier });
    await saver.save(session.lane, own, null);
    if (release !== undefined) throw new EarlierRunFailedError(release);
  }
}

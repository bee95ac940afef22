import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, manifestSchema } from '@onceover/contract';
import { publishedRooms, type Room } from './rooms.ts';

/** A connector's manifest of today and the one of its last release. */
export interface ConnectorManifests {
  room: Room;
  /** As the last build wrote it. */
  current: string;
  /** Null where it was never released. */
  released: string | null;
}

export function releasedFileOf({ folder }: Room): string {
  return join(folder, 'manifest.released.json');
}

/** @throws when a connector is not built */
export function readConnectorManifests(root: string): ConnectorManifests[] {
  return publishedRooms(root)
    .filter(({ folder }) => folder.startsWith(join(root, 'connectors')))
    .map((room) => {
      const built = join(room.folder, 'dist', 'manifest.json');
      if (!existsSync(built)) throw new Error(`${built} is missing: run \`npm run build\` first`);
      const file = releasedFileOf(room);
      return {
        room,
        current: readFileSync(built, 'utf8'),
        released: existsSync(file) ? readFileSync(file, 'utf8') : null,
      };
    });
}

export function parseManifest(text: string): Manifest {
  return manifestSchema.parse(JSON.parse(text));
}

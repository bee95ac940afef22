/**
 * What goes over the pipe between a host and its process: a length, a kind, two ids and a text. The side that reads
 * believes nothing of it but what it has checked.
 */

export const frameKinds = {
  /** To the process: what to hold. */
  load: 1,
  /** To the process: a request of the host. */
  request: 2,
  /** To the process: the reply to a callback. */
  answer: 3,
  /** To the process: nobody waits for this request any more. */
  cancel: 4,
  /** To the process: are you there? */
  ping: 5,
  /** From the process: the code is loaded. */
  ready: 16,
  /** From the process: the code cannot be loaded; the text says why. */
  failed: 17,
  /** From the process: the reply to a request. */
  reply: 18,
  /** From the process: the reply cannot be sent; the text says why. */
  unsendable: 19,
  /** From the process: a call that the code makes back. */
  callback: 20,
  /** From the process: the answer to `ping` and `cancel`. */
  pong: 21,
} as const;

export interface Frame {
  kind: number;
  /** The request that it belongs to; 0 for none. */
  request: number;
  /** The callback that it belongs to; 0 for none. */
  callback: number;
  /** JSON, or nothing. */
  body: string;
}

const lengthBytes = 4;
const headBytes = 1 + 6 + 4;

/** A frame as bytes. */
export function encodeFrame({ kind, request, callback, body }: Frame): Buffer {
  // Three bytes a UTF-16 unit is the most that UTF-8 takes: small texts are not counted first.
  const most = body.length < 2048 ? body.length * 3 : Buffer.byteLength(body);
  const frame = Buffer.allocUnsafe(lengthBytes + headBytes + most);
  const written = body === '' ? 0 : frame.write(body, lengthBytes + headBytes);
  frame.writeUInt32BE(headBytes + written, 0);
  frame.writeUInt8(kind, 4);
  frame.writeUIntBE(request, 5, 6);
  frame.writeUInt32BE(callback, 11);
  return frame.subarray(0, lengthBytes + headBytes + written);
}

/**
 * Cuts a stream of bytes into frames.
 * @param maxBodyBytes a frame that announces more is an error before it is read
 */
export function createFrameReader(maxBodyBytes: number): (chunk: Buffer) => Frame[] {
  let chunks: Buffer[] = [];
  let have = 0;
  let need = lengthBytes;
  return (chunk) => {
    chunks.push(chunk);
    have += chunk.length;
    if (have < need) return [];
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, have);
    const frames: Frame[] = [];
    let at = 0;
    for (;;) {
      need = lengthBytes;
      if (bytes.length - at < need) break;
      const length = bytes.readUInt32BE(at);
      if (length < headBytes || length > headBytes + maxBodyBytes) {
        throw new RangeError(`a frame of ${length} bytes`);
      }
      need = lengthBytes + length;
      if (bytes.length - at < need) break;
      frames.push({
        kind: bytes.readUInt8(at + 4),
        request: bytes.readUIntBE(at + 5, 6),
        callback: bytes.readUInt32BE(at + 11),
        body: bytes.toString('utf8', at + lengthBytes + headBytes, at + need),
      });
      at += need;
    }
    const rest = bytes.subarray(at);
    chunks = rest.length === 0 ? [] : [rest];
    have = rest.length;
    return frames;
  };
}

import fs from 'node:fs';
import type { Attack } from './attack.fixture.ts';

/** They write to the pipe themselves, past everything that is in the process. */

const pipe = 3;
const forever = () => new Promise<never>(() => {});

function frame(kind: number, request: number, callback: number, body: string): Buffer {
  const text = Buffer.from(body);
  const head = Buffer.alloc(15);
  head.writeUInt32BE(11 + text.length, 0);
  head.writeUInt8(kind, 4);
  head.writeUIntBE(request, 5, 6);
  head.writeUInt32BE(callback, 11);
  return Buffer.concat([head, text]);
}

/** Writes all of it, also when the pipe is full for the moment. */
function write(bytes: Buffer): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += fs.writeSync(pipe, bytes, at);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') throw error;
    }
  }
}

const kinds = { ready: 16, failed: 17, reply: 18, callback: 20 };

const send = (...bytes: readonly Buffer[]) => {
  for (const one of bytes) write(one);
  return forever();
};

export const pipeAttacks: Record<string, Attack> = {
  'write nonsense': () => send(Buffer.alloc(64, 0x7b)),
  'announce four gibibytes': () => send(Buffer.from([0xff, 0xff, 0xff, 0xff])),
  'announce less than a head': () => send(Buffer.from([0, 0, 0, 1, 18])),
  'say ready again': () => send(frame(kinds.ready, 0, 0, '')),
  'say that the code cannot be loaded': () => send(frame(kinds.failed, 0, 0, '{"class":"x"}')),
  'send a kind that there is not': () => send(frame(99, 1, 0, '{}')),
  'send a request to the host': () => send(frame(2, 1, 0, '{"kind":"manifest"}')),
  'answer what was never asked': () => send(frame(kinds.reply, 123_456, 0, '{"kind":"read","output":1}')),
  'answer request zero': () => send(frame(kinds.reply, 0, 0, '{"kind":"read","output":1}')),
  'call back for what was never asked': () => send(frame(kinds.callback, 123_456, 1, '{"kind":"http"}')),
  'flood with late answers': () => {
    for (let sent = 0; sent < 1500; sent += 1) write(frame(kinds.reply, 1, 0, '{"kind":"read","output":1}'));
    return forever();
  },
  'flood with large late answers': () => {
    const large = frame(kinds.reply, 1, 0, `"${'x'.repeat(64 * 1024)}"`);
    for (let sent = 0; sent < 1500; sent += 1) write(large);
    return forever();
  },
  'close the pipe': () => {
    fs.closeSync(pipe);
    return forever();
  },
};

/** Those that act in the name of the request that they are part of; its id is not told, and easily guessed. */
export const forgedAnswers: Record<string, (request: number) => Promise<never>> = {
  'answer with what is no JSON': (request) => send(frame(kinds.reply, request, 0, '{"kind":')),
  'answer with nesting without end': (request) => send(frame(kinds.reply, request, 0, '['.repeat(2_000_000))),
  'use one callback twice': (request) =>
    send(
      frame(kinds.callback, request, 4_000_000, '{"kind":"x"}'),
      frame(kinds.callback, request, 4_000_000, '{"kind":"x"}'),
    ),
  'flood with callbacks': (request) => {
    for (let sent = 1; sent <= 12_000; sent += 1) {
      write(frame(kinds.callback, request, 4_000_000 + sent, '{"kind":"x"}'));
    }
    return forever();
  },
};

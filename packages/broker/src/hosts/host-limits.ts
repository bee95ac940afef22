/** What a host process may use, and how long it may take. */
export interface HostLimits {
  /** V8's heap, in MiB. */
  heapMiB: number;
  /** Resident memory, heap and buffers and all, in MiB: above it the process is killed. */
  residentMiB: number;
  /** Address space, in MiB, where `prlimit` is there. Node reserves more than a gigabyte of it at start. */
  addressSpaceMiB: number;
  /** How often memory and heartbeat are looked at. */
  watchEveryMs: number;
  /** A process that does not answer for so long hangs, whether somebody waits for it or not. */
  stallMs: number;
  /** After a deadline: how long a process has to say that it is not blocked, before it is killed. */
  graceMs: number;
  /** From the start of the process to the loaded code. */
  startMs: number;
  /** Without a request for so long, the process is ended. */
  idleMs: number;
  /** Processes at once, for all hosts: above it the one that idles longest is ended. */
  maxProcesses: number;
  /** What the code may print on both streams, as a burst and in each minute after it. */
  outputBytes: number;
  /** Callbacks of one request that wait for their reply, and in all. */
  openCallbacks: number;
  callbacks: number;
  /** Frames that belong to no open request: late ones are normal, many are not. */
  strayFrames: number;
  /** What may wait to be read by a process. */
  unreadBytes: number;
  /** The pause before the second start in a row; it doubles, with jitter, up to the most. */
  restartMs: number;
  restartMostMs: number;
}

export const defaultHostLimits: HostLimits = {
  heapMiB: 128,
  residentMiB: 320,
  addressSpaceMiB: 2048,
  watchEveryMs: 500,
  stallMs: 15_000,
  graceMs: 2000,
  startMs: 20_000,
  idleMs: 10 * 60_000,
  maxProcesses: 64,
  outputBytes: 32 * 1024,
  openCallbacks: 64,
  callbacks: 10_000,
  strayFrames: 1000,
  unreadBytes: 64 * 1024 * 1024,
  restartMs: 100,
  restartMostMs: 10_000,
};

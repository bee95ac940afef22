import childProcess from 'node:child_process';
import cluster from 'node:cluster';
import inspector from 'node:inspector';
import { registerHooks } from 'node:module';
import os from 'node:os';
import vm from 'node:vm';
import { WASI } from 'node:wasi';
import { Worker } from 'node:worker_threads';
import { type Attack, loot, target, within } from './attack.fixture.ts';
import { once } from 'node:events';

/** What no type of Node names. */
type Hidden = Record<string, (...values: unknown[]) => unknown>;
const hidden = process as unknown as Hidden;
/** What an import of the module gives: copies of its functions. */
const exported = () => import(['node', 'process'].join(':')) as Promise<typeof process>;

/** A function that gives nothing when it does what it is asked to. */
function done<Values extends unknown[]>(run: ((...values: Values) => unknown) | undefined) {
  return (...values: Values): string => {
    if (run === undefined) throw new Error('the function is not there');
    run(...values);
    return 'done';
  };
}

export const processAttacks: Record<string, Attack> = {
  'spawn a shell': () => childProcess.spawnSync('/bin/sh', ['-c', 'id']).stdout.toString(),
  'run a command': () => childProcess.execSync('id').toString(),
  'fork itself': async () => within(once(childProcess.fork(import.meta.filename), 'spawn')),
  'fork a cluster': async () => within(once(cluster.fork(), 'online')),
  'become another program': () => done(hidden['execve'])('/bin/true', ['true']),
  'start a worker': async () => within(once(new Worker('1', { eval: true }), 'online')),
  'load an addon': () => process.dlopen({ exports: {} }, '/lib/stolen.node'),
  'take an internal binding': () => loot(hidden['binding']?.('fs')),
  'take a linked binding': () => loot(hidden['_linkedBinding']?.('process_wrap')),
  'run WASI': () => new WASI({ version: 'preview1', preopens: { '/': '/' } }),
  'call foreign functions': async () => {
    const name = 'node:ffi';
    return (await import(/* @vite-ignore */ name)) as unknown;
  },
  'open the inspector': () => {
    inspector.open(0);
    return loot(inspector.url());
  },
  'start a session of the inspector': () => {
    const session = new inspector.Session();
    session.connect();
    return session;
  },
  'signal the runner': (means) => process.kill(Number(target(means, 'runner')), 0),
  'signal the runner by an import': async (means) =>
    (await exported()).kill(Number(target(means, 'runner')), 0),
  'signal every process': () => process.kill(-1, 0),
  'signal the database': (means) => process.kill(Number(target(means, 'database')), 0),
  'signal by the raw call': (means) => done(hidden['_kill'])(Number(target(means, 'runner')), 0),
  'signal by a process that never was': (means) => {
    const handle = loot(rawChild()['_handle']) as RawHandle;
    handle['pid'] = Number(target(means, 'runner'));
    return handle.kill(0) === 0 ? 'signalled' : loot(undefined);
  },
  'spawn past the functions of the module': () => {
    const child = rawChild();
    return child.spawn({ file: '/bin/true', args: ['true'], stdio: 'ignore' }) === 0
      ? 'spawned'
      : loot(undefined);
  },
  'open the runner’s inspector': (means) => done(hidden['_debugProcess'])(Number(target(means, 'runner'))),
  'slow the runner down': (means) => done(os.setPriority)(Number(target(means, 'runner')), 19),
  'become root': () => done(hidden['setuid'])(0),
  'join the group of root': () => done(hidden['setgroups'])([0]),
  'escape from a context': (means) => {
    const outer = vm.runInNewContext('this.constructor.constructor("return process")()', { a: {} }) as
      | typeof process
      | undefined;
    return loot(outer?.kill(Number(target(means, 'runner')), 0));
  },
  'put the doors back': (means) => {
    Object.defineProperty(process, 'kill', { value: () => true });
    return process.kill(Number(target(means, 'runner')), 0);
  },
  'grant itself a permission': () => {
    const { permission } = process as unknown as { permission?: { has: (scope: string) => boolean } };
    if (permission !== undefined) permission.has = () => true;
    return childProcess.spawnSync('/bin/true').pid;
  },
  'hook the loading of modules': async (means) => {
    registerHooks({
      load: (url, _context, next) => next(url, { format: 'commonjs', conditions: [], importAttributes: {} }),
    });
    const url = `file://${target(means, 'keyring')}`;
    return (await import(/* @vite-ignore */ url)) as unknown;
  },
  'send a message of Node’s own': () => loot(process.send?.({ cmd: 'NODE_HANDLE' })),
};

interface RawHandle {
  pid: number;
  kill(signal: number): number;
}

/** A child process that was never started. */
function rawChild(): { spawn(options: object): number; readonly [handle: `_${string}`]: RawHandle } {
  const { ChildProcess } = childProcess as unknown as { ChildProcess: new () => ReturnType<typeof rawChild> };
  return new ChildProcess();
}

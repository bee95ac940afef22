import { Command, CommanderError } from 'commander';
import { type Environment, readEnvironment } from '../environment.ts';
import { connectCommand } from './commands/connect.ts';
import { connectionsCommand } from './commands/connections.ts';
import { connectorsCommand } from './commands/connectors.ts';
import { demoCommand } from './commands/demo.ts';
import { eventsCommand } from './commands/events.ts';
import { keyringCommand } from './commands/keyring.ts';
import { migrateCommand } from './commands/migrate.ts';
import { registrationsCommand } from './commands/registrations.ts';
import { runsCommand } from './commands/runs.ts';
import { sandboxCommand } from './commands/sandbox.ts';
import { startCommand } from './commands/start.ts';
import { exitCodes, reportError } from './exit.ts';
import { RefusedError } from './runner-client.ts';

/** What every command gets from the outside. */
export interface CliContext {
  environment: () => Environment;
  print: (line: string) => void;
  printError: (line: string) => void;
}

/** Runs the CLI and sets the exit code: 0 done, 1 refused or failed, 2 usage, 3 runner not reachable. */
export async function main(argv: readonly string[]): Promise<void> {
  // Who reads our output may stop reading (`… | head`): then there is nobody to tell more.
  process.stdout.on('error', endWithoutReader);
  const context: CliContext = {
    environment: () => readEnvironment(process.env, process.cwd()),
    print: (line) => process.stdout.write(`${line}\n`),
    printError: (line) => process.stderr.write(`${line}\n`),
  };
  const program = createProgram(context);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = exitCodeOf(error, context);
  }
}

/** The tree of commands. */
export function createProgram(context: CliContext): Command {
  const program = new Command('onceover')
    .description('Every business event takes effect once; the risky ones get a human once-over.')
    .exitOverride()
    .showHelpAfterError();
  for (const command of [
    startCommand,
    migrateCommand,
    sandboxCommand,
    connectCommand,
    registrationsCommand,
    connectionsCommand,
    connectorsCommand,
    keyringCommand,
    eventsCommand,
    runsCommand,
    demoCommand,
  ]) {
    program.addCommand(inheritExit(command(context)));
  }
  return program;
}

function endWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

function inheritExit(command: Command): Command {
  command.exitOverride().showHelpAfterError();
  for (const child of command.commands) inheritExit(child);
  return command;
}

function exitCodeOf(error: unknown, context: CliContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof RefusedError) {
    context.printError(`onceover: ${error.message}`);
    return exitCodes.refused;
  }
  return reportError(error, context.printError);
}

import type { Connector } from '@onceover/contract';
import type { ConformanceOptions } from './conformance-options.ts';
import { batchLines } from './lines/batch-lines.ts';
import { errorLines } from './lines/error-lines.ts';
import type { Line } from './lines/line.ts';
import { lostAnswerLines } from './lines/lost-answer-lines.ts';
import { manifestLines } from './lines/manifest-lines.ts';
import { moneyLines } from './lines/money-lines.ts';
import { readLines } from './lines/read-lines.ts';
import { scopeLines } from './lines/scope-lines.ts';
import { signatureLines } from './lines/signature-lines.ts';
import { subscriptionLines } from './lines/subscription-lines.ts';
import { triggerLines } from './lines/trigger-lines.ts';
import { writeLines } from './lines/write-lines.ts';

/** Every sentence of the conformance suite that applies to a connector. */
export function conformanceLines<State>(
  connector: Connector,
  options: ConformanceOptions<State>,
): readonly Line[] {
  const subject = { connector, options };
  return [
    manifestLines,
    scopeLines,
    writeLines,
    lostAnswerLines,
    batchLines,
    readLines,
    errorLines,
    signatureLines,
    triggerLines,
    subscriptionLines,
    moneyLines,
  ].flatMap((lines) => lines(subject));
}

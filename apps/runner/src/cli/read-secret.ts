import { ConflictError } from '@onceover/contract';

const maxBytes = 8192;

/** A secret from a stream, without the line break at its end. @throws {ConflictError} when nothing came, or too much */
export async function readSecret(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > maxBytes)
      throw new ConflictError(`Standard input holds more than ${maxBytes} bytes: that is no secret.`);
    chunks.push(part);
  }
  const secret = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (secret === '')
    throw new ConflictError('Standard input was empty. Give the secret there: … --stdin < file');
  return secret;
}

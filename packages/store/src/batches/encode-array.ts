/**
 * PostgreSQL's binary form of one-dimensional arrays. A batch of rows travels as one array per column; in binary
 * neither side escapes, quotes or parses text, which is most of what such a statement costs otherwise.
 */

/** A column's type; `?` allows null. */
export type ColumnType = BaseType | `${BaseType}?`;
type BaseType = 'text' | 'json' | 'uuid' | 'bytea' | 'int4' | 'int8' | 'bool' | 'timestamptz';

interface TypeValues {
  text: string;
  /** Already serialised. */
  json: string;
  uuid: string;
  bytea: Buffer;
  int4: number;
  int8: number;
  bool: boolean;
  timestamptz: Date;
}

/** What JavaScript gives for a column of this type. */
export type ColumnValue<Type extends ColumnType> = Type extends `${infer Base extends BaseType}?`
  ? TypeValues[Base] | null
  : Type extends BaseType
    ? TypeValues[Type]
    : never;

// Numbers of the types in pg_type: fixed since PostgreSQL began.
const oids: Readonly<Record<BaseType, number>> = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int4: 23,
  text: 25,
  json: 114,
  timestamptz: 1184,
  uuid: 2950,
};

export function baseType(type: ColumnType): BaseType {
  return (type.endsWith('?') ? type.slice(0, -1) : type) as BaseType;
}

const headerBytes = 20;
/** 2000-01-01 in Unix time: where PostgreSQL's timestamps begin. */
const postgresEpochMs = 946_684_800_000;

/** One column of a batch as a binary array. `read` gives the value of the row at an index. */
export function encodeArray(type: ColumnType, length: number, read: (index: number) => unknown): Buffer {
  const base = baseType(type);
  const sizeOf = sizes[base];
  let size = headerBytes;
  let hasNull = false;
  for (let index = 0; index < length; index += 1) {
    const value = read(index);
    if (value === null || value === undefined) hasNull = true;
    else size += sizeOf(value as never);
    size += 4;
  }
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(hasNull ? 1 : 0, 4);
  buffer.writeInt32BE(oids[base], 8);
  if (length === 0) return buffer.subarray(0, 12);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
  const write = writers[base];
  let offset = headerBytes;
  for (let index = 0; index < length; index += 1) {
    const value = read(index);
    if (value === null || value === undefined) {
      offset = buffer.writeInt32BE(-1, offset);
      continue;
    }
    const end = write(buffer, value as never, offset + 4);
    buffer.writeInt32BE(end - offset - 4, offset);
    offset = end;
  }
  return buffer;
}

type Sizes = { [Type in BaseType]: (value: TypeValues[Type]) => number };
type Writers = { [Type in BaseType]: (buffer: Buffer, value: TypeValues[Type], at: number) => number };

const sizes: Sizes = {
  text: (value) => Buffer.byteLength(value),
  json: (value) => Buffer.byteLength(value),
  bytea: (value) => value.length,
  uuid: () => 16,
  int4: () => 4,
  int8: () => 8,
  bool: () => 1,
  timestamptz: () => 8,
};

const writeText = (buffer: Buffer, value: string, at: number) => at + buffer.write(value, at);
const writers: Writers = {
  text: writeText,
  json: writeText,
  bytea: (buffer, value, at) => at + value.copy(buffer, at),
  uuid: writeUuid,
  int4: (buffer, value, at) => buffer.writeInt32BE(value, at),
  int8: (buffer, value, at) => buffer.writeBigInt64BE(BigInt(value), at),
  bool: (buffer, value, at) => buffer.writeUInt8(value ? 1 : 0, at),
  timestamptz: (buffer, value, at) =>
    buffer.writeBigInt64BE(BigInt(value.getTime() - postgresEpochMs) * 1000n, at),
};

function writeUuid(buffer: Buffer, value: string, at: number): number {
  const written = buffer.write(value.replaceAll('-', ''), at, 'hex');
  if (written !== 16 || value.length !== 36) throw new RangeError('a uuid column needs a UUID');
  return at + 16;
}

import type {
  Answer,
  ConnectorReply,
  ErrorData,
  GuaranteeClass,
  JsonValue,
  Manifest,
  OperationManifest,
} from '@onceover/contract';
import type { HashedFiles } from './connectors/hash-files.ts';

/** A connector that the runner has found and read, without importing it. */
export interface LoadedConnector {
  id: string;
  /** The package's version. */
  version: string;
  packageName: string;
  manifest: Manifest;
  /** Absolute path of the folder that holds package.json. */
  folder: string;
  /** Absolute path of the module that a host imports. */
  entry: string;
  /** Over the names and contents of {@link files}: hex SHA-256, or `sha512-` and base64 where it was installed. */
  integrity: string;
  /** What must not change while it is loaded: the built files, or all that was installed, dependencies included. */
  files: HashedFiles;
  source: ConnectorSource;
}

/** Where a connector was found: in this workspace, in a folder that the config names, or installed from a package. */
export type ConnectorSource = 'workspace' | 'folder' | 'installed';

/** A write as it is kept before it is sent, approved, compared and sent again. */
export interface RenderedWrite {
  method: string;
  /** Scheme, host and port that the manifest names (never a development `origin`). */
  origin: string;
  path: string;
  query: string;
  contentType: string | null;
  /** Headers that the operation set itself. */
  headers: Readonly<Record<string, string>>;
  body: string | null;
  /** Name and value of the header that keeps the effect single, where the guarantee has one. */
  idempotency: { header: string; key: string } | null;
  /** The manifest's call that it matched. */
  template: string;
  /** Hex SHA-256 over method, origin, path, query, content type, operation headers and body. */
  hash: string;
}

/** A read that a call made before its write, kept so that a repeated call plans the same write. */
export interface RecordedRead {
  method: string;
  path: string;
  query: string;
  body: string | null;
  answer: Answer;
}

/** What became of the one write that a call may make. */
export type WriteReport =
  | { state: 'none' }
  /** Plan mode, or a hook said so: rendered and not sent. */
  | { state: 'withheld'; write: RenderedWrite }
  /** `tooFast`: by its manifest the vendor did nothing but ask for a pause, whatever the status. */
  | { state: 'answered'; write: RenderedWrite; answer: Answer; replayed: boolean; tooFast: boolean }
  /** Sent, and no whole answer came back: nobody knows. */
  | { state: 'lost'; write: RenderedWrite; error: ErrorData }
  /** The connection could not be opened: nothing was sent. */
  | { state: 'unsent'; write: RenderedWrite; error: ErrorData };

/** A call of one operation through the connector's host. */
export interface OperationCall {
  tenant: string;
  connection: string;
  operation: string;
  mode: 'execute' | 'plan';
  /** A write. */
  records?: readonly { record: JsonValue; naturalKey: string; effectKey: string }[];
  /** A read. */
  input?: JsonValue;
  /**
   * A write that an earlier attempt kept, with the reads before it: the reads are answered from here and the same
   * bytes go out again, whatever the operation renders this time.
   */
  resume?: { write: RenderedWrite; reads: readonly RecordedRead[] };
  hooks?: {
    /** Before the first request of the call, read or write. A rejection ends the call unsent. */
    beforeFirstRequest?(): Promise<void>;
    /** After the write is rendered, before it is sent. Resolve only when it is durable. A rejection ends the call unsent. */
    beforeWrite?(write: RenderedWrite, reads: readonly RecordedRead[]): Promise<void>;
    /** At the write's very start, when its socket is there and no byte has left. What it throws ends the call unsent. */
    mayStart?(): void;
  };
  signal: AbortSignal;
}

export interface OperationResult {
  reply: ConnectorReply;
  write: WriteReport;
  reads: readonly RecordedRead[];
}

/** Facts the runtime needs of a connection to schedule and judge a call. */
export interface ConnectionInfo {
  tenant: string;
  id: string;
  connector: LoadedConnector;
  account: string | null;
  identity: string | null;
  registration: string | null;
  variables: Readonly<Record<string, string>>;
}

export interface OperationInfo {
  connection: ConnectionInfo;
  manifest: OperationManifest;
  class: GuaranteeClass;
}

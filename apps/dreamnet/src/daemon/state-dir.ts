import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { programError } from '../errors.js';

/**
 * What a token allows. Each role may do all that the ones before it may, but that a viewer only looks and reports nothing;
 * `agent` may only report on itself.
 */
export const ROLES = ['agent', 'viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking, as the audit trail names them. */
export interface Caller {
  role: Role;
  /** Set for `agent` tokens: the only subsystem it may report on. */
  agent?: string;
}

/** Where a running daemon can be reached. */
export interface DaemonRecord {
  pid: number;
  url: string;
  startedAt: number;
}

/** A fleet file that was in force. */
export interface RememberedFleet {
  /** Absolute path. */
  file: string;
  text: string;
  /** Since when, epoch ms. */
  at: number;
}

/** An end in order that was begun: a daemon that the keeper starts after a crash in the middle of it finishes it. */
export interface EndingRecord {
  /** Epoch ms. */
  at: number;
  leaveRunning: boolean;
}

/** The daemon's folder: everything it must find again after a kill -9. */
export interface StateDir {
  readonly path: string;
  readonly storeFile: string;
  readonly logDir: string;
  readonly vaultDir: string;
  /** What was reported and is not in the history yet. */
  readonly reportDir: string;
  /** Where the keeper writes how agents ended that no daemon could wait for. */
  readonly exitsFile: string;
  /** Where reports are taken line by line. */
  readonly ingestSocket: string;
  /** Where the mark is that tells this folder's processes apart from those of any other daemon. */
  readonly markFile: string;
  /** What is in that file, without white space around it; undefined when there is none. Unchecked. */
  readMark(): string | undefined;
  writeMark(mark: string): void;
  tokenOf(role: Exclude<Role, 'agent'>): string;
  agentToken(agent: string): string;
  /** Who holds this token; undefined for none of ours. */
  identify(token: string): Caller | undefined;
  readDaemon(): DaemonRecord | undefined;
  writeDaemon(record: DaemonRecord): void;
  clearDaemon(): void;
  /** The end that was begun and not finished; undefined without one. */
  readEnding(): EndingRecord | undefined;
  writeEnding(record: EndingRecord): void;
  clearEnding(): void;
  /** The daemon ends and its agents go on: whoever comes next returns to them, until a daemon is written. @param at Epoch ms. */
  noteLeftRunning(at: number): void;
  /** The port listened on last, whether or not a daemon runs: agents that go on know it. */
  lastPort(): number | undefined;
}

const FIXED_ROLES = ['viewer', 'operator', 'admin'] as const;
const FLEET_IN_FORCE = 'fleet.json';
const LEFT_RUNNING = 'left-running.json';
const OWNER_ONLY_DIR = 0o700;
const OWNER_ONLY_FILE = 0o600;

/**
 * Opens the state folder, making what is missing: a token for each role, readable by the owner only. Not the mark: whoever
 * runs may know it (`settleMark`).
 *
 * @throws DN_STATE_FOLDER_UNUSABLE when it can be neither made nor used.
 */
export function openStateDir(path: string): StateDir {
  const root = resolve(path);
  makeFolders(root);
  const agentKey = readOrMake(join(root, 'tokens', '.agent-key'), () => randomBytes(32).toString('hex'));
  const tokens = new Map(
    FIXED_ROLES.map((role) => [
      role,
      readOrMake(join(root, 'tokens', role), () => `dn_${randomBytes(24).toString('base64url')}`),
    ]),
  );
  const markFile = join(root, 'instance');
  const record = join(root, 'daemon.json');
  const ending = join(root, 'ending.json');
  const lastPort = join(root, 'port');
  const left = join(root, LEFT_RUNNING);
  const agentToken = (agent: string) =>
    `dna_${agent}.${createHmac('sha256', agentKey).update(agent).digest('base64url')}`;
  return {
    path: root,
    storeFile: join(root, 'state.db'),
    logDir: join(root, 'logs'),
    vaultDir: join(root, 'vault'),
    reportDir: join(root, 'reports'),
    exitsFile: join(root, 'exits'),
    ingestSocket: join(root, 'ingest.sock'),
    markFile,
    readMark: () => (existsSync(markFile) ? readFileSync(markFile, 'utf8').trim() : undefined),
    writeMark: (mark) => replaceFile(markFile, `${mark}\n`),
    tokenOf: (role) => tokens.get(role) ?? '',
    agentToken,
    identify: (token) => identify(token, tokens, agentToken),
    readDaemon: () => readDaemonRecord(root),
    writeDaemon: (value) => {
      replaceFile(record, JSON.stringify(value));
      // From here on it is the record that says there is something to return to.
      rmSync(left, { force: true });
      replaceFile(lastPort, new URL(value.url).port);
    },
    lastPort: () => (existsSync(lastPort) ? Number(readFileSync(lastPort, 'utf8')) || undefined : undefined),
    clearDaemon: () => rmSync(record, { force: true }),
    readEnding: () =>
      readRecord(ending, ({ at, leaveRunning }: EndingRecord) =>
        typeof at === 'number' ? { at, leaveRunning: leaveRunning === true } : undefined,
      ),
    writeEnding: (value) => replaceFile(ending, JSON.stringify(value)),
    clearEnding: () => rmSync(ending, { force: true }),
    noteLeftRunning: (at) => replaceFile(left, JSON.stringify({ at })),
  };
}

function makeFolders(root: string): void {
  try {
    for (const folder of ['', 'logs', 'vault', 'tokens'])
      mkdirSync(join(root, folder), { recursive: true, mode: OWNER_ONLY_DIR });
    chmodSync(root, OWNER_ONLY_DIR);
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    throw programError('DN_STATE_FOLDER_UNUSABLE', { path: root, why }, thrown);
  }
}

/** Where the daemon of a state folder says it listens; undefined without one. Makes nothing. */
export function readDaemonRecord(path: string): DaemonRecord | undefined {
  return readRecord(join(resolve(path), 'daemon.json'), ({ pid, url, startedAt }: DaemonRecord) =>
    typeof pid === 'number' && URL.canParse(url) ? { pid, url, startedAt } : undefined,
  );
}

/** Did the last daemon of a state folder end and leave its agents running? Makes nothing. */
export function wasLeftRunning(path: string): boolean {
  return existsSync(join(resolve(path), LEFT_RUNNING));
}

/** Keeps in a state folder what is in force, for a daemon that comes back and finds the fleet file broken. */
export function rememberFleet(path: string, fleet: RememberedFleet): void {
  replaceFile(join(resolve(path), FLEET_IN_FORCE), JSON.stringify(fleet));
}

/** What was in force last in a state folder; undefined without one, or when it cannot be read. Makes nothing. */
export function readRememberedFleet(path: string): RememberedFleet | undefined {
  return readRecord(join(resolve(path), FLEET_IN_FORCE), ({ file, text, at }: RememberedFleet) =>
    typeof file === 'string' && typeof text === 'string' && typeof at === 'number'
      ? { file, text, at }
      : undefined,
  );
}

/** A record of ours; one that is damaged, or another user's, is as good as none. */
function readRecord<T>(file: string, check: (parsed: T) => T | undefined): T | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return check(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** The token file of a role; undefined when there is none or it may not be read. */
export function readToken(path: string, role: Exclude<Role, 'agent'>): string | undefined {
  const file = join(resolve(path), 'tokens', role);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

function identify(
  token: string,
  tokens: ReadonlyMap<Exclude<Role, 'agent'>, string>,
  agentToken: (agent: string) => string,
): Caller | undefined {
  for (const [role, known] of tokens) if (isSame(token, known)) return { role };
  const agent = /^dna_([A-Za-z0-9_#-]+)\./.exec(token)?.[1];
  return agent !== undefined && isSame(token, agentToken(agent)) ? { role: 'agent', agent } : undefined;
}

/** Takes the same time wherever the first difference is. */
function isSame(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

function readOrMake(file: string, make: () => string): string {
  if (existsSync(file)) {
    const value = readFileSync(file, 'utf8').trim();
    if (value !== '') return value;
  }
  const value = make();
  replaceFile(file, `${value}\n`);
  return value;
}

/** Written beside and renamed: a reader sees the old text or the new one, never half. */
function replaceFile(file: string, text: string): void {
  const beside = `${file}.new`;
  try {
    writeFileSync(beside, text, { mode: OWNER_ONLY_FILE });
    renameSync(beside, file);
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    throw programError('DN_STATE_FOLDER_UNUSABLE', { path: file, why }, thrown);
  }
}

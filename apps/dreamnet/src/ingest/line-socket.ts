import { chmodSync, closeSync, lstatSync, openSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { programError } from '../errors.js';
import { fileLimit } from '../http/connection-limits.js';
import { type LineSession, type LineSessionTools, serveLines } from './line-session.js';

/** Takes reports line by line on a unix socket that only its owner may open. */
export interface LineSocket {
  /** @throws DN_INGEST_SOCKET */
  listen(): Promise<void>;
  /** Ends the connections and removes the socket. */
  close(): Promise<void>;
}

/** Each holds half a line at most, and what is on its way to the disk. */
const MOST_CONNECTIONS = 256;
/** Every eighth of the files this program may open. */
const SHARE_OF_FILES = 8;
const OWNER_ONLY = 0o600;
/** What the kernel takes as the address of a socket, without its closing NUL. @source unix(7) */
const LONGEST_PATH_BYTES = 107;

/** @param path Where it is made. Nobody else may use the folder: what is found there under that name is left over. */
export function createLineSocket(path: string, tools: LineSessionTools): LineSocket {
  /** In the order in which they came. */
  const sessions = new Map<Socket, LineSession>();
  const limit = Math.min(MOST_CONNECTIONS, Math.ceil(fileLimit() / SHARE_OF_FILES));
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (sessions.size >= limit && !makeRoom(sessions)) {
      socket.destroy();
      return;
    }
    sessions.set(socket, serveLines(socket, tools));
    socket.on('close', () => sessions.delete(socket));
  });
  let folder: number | undefined;
  return {
    listen: async () => {
      try {
        removeLeftOver(path);
        folder = isLong(path) ? openSync(dirname(path), 'r') : undefined;
        await listen(server, folder === undefined ? path : `/proc/self/fd/${folder}/${basename(path)}`);
        chmodSync(path, OWNER_ONLY);
      } catch (thrown) {
        throw DreamnetError.is(thrown)
          ? thrown
          : programError('DN_INGEST_SOCKET', { path, why: DreamnetError.from(thrown).message }, thrown);
      }
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sessions.keys()) socket.destroy();
      await closed;
      if (folder !== undefined) closeSync(folder);
    },
  };
}

/** Gives up the oldest connection that never sent a line. @returns Was there one? */
function makeRoom(sessions: Map<Socket, LineSession>): boolean {
  for (const [socket, session] of sessions) {
    if (session.hasSentLines()) continue;
    sessions.delete(socket);
    socket.destroy();
    return true;
  }
  return false;
}

/** A longer path is reached through its folder, by a name the kernel keeps for every open file. */
function isLong(path: string): boolean {
  if (Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return false;
  if (process.platform === 'linux') return true;
  const why = `its path is longer than ${LONGEST_PATH_BYTES} bytes; choose a shorter --state`;
  throw programError('DN_INGEST_SOCKET', { path, why });
}

function removeLeftOver(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw programError('DN_INGEST_SOCKET', { path, why: 'something else is there' });
  rmSync(path);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

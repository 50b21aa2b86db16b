import { close, fdatasync, open } from 'node:fs';
import { promisify } from 'node:util';

// Plain descriptors, for what SQLite has open, too: the garbage collector closes a `FileHandle` that is forgotten, and closing a
// file in which SQLite holds locks gives them up.
export const openFile = promisify(open);
export const closeFile = promisify(close);
/** In the thread pool of Node.js. */
export const syncFile = promisify(fdatasync);

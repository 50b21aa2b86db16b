import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { parseYamlSource } from '../config/source.js';
import { programError } from '../errors.js';
import { composeVariables } from './composed-variables.js';
import type { Imported, SourceFile } from './imported.js';
import { stripJsonComments } from './jsonc.js';
import { mcpServersIn } from './mcp-servers.js';
import { readCompose } from './read-compose.js';
import { readMcp } from './read-mcp.js';
import { pm2AppsIn, readPm2 } from './read-pm2.js';
import { readProcfile } from './read-procfile.js';
import { readSupervisord } from './read-supervisord.js';
import { runEcosystem } from './run-ecosystem.js';
import { mapOf } from './values.js';
import { withholdSecrets } from './withhold-secrets.js';

/** How a file is read: whether its own code may run, and with which environment. */
export interface ReadOptions {
  isExecuted: boolean;
  variables: Readonly<Record<string, string | undefined>>;
}

/** No file of this kind is near it; a log that was named by mistake may be. */
const LARGEST_BYTES = 16 * 1024 * 1024;
/** A text of more in it would be more than taking comments out can hold. */
const LARGEST_COMMENTED = 1024 * 1024;
/** Editors of Windows write it before a text; it would be part of the first name. */
const BYTE_ORDER_MARK = /^\ufeff/;
const SCRIPT = /\.[cm]?js$/;
const KINDS = 'a PM2 ecosystem, a Procfile, a supervisord.conf, a compose file, an .mcp.json';

/**
 * Reads one file of another tool, by its name and what is in it.
 *
 * @throws DN_IMPORT_UNREADABLE, DN_IMPORT_NEEDS_EXECUTE, DN_IMPORT_FAILED, DN_IMPORT_UNKNOWN_FORMAT, DN_CONFIG_SYNTAX
 */
export function readForeignFile(path: string, options: ReadOptions): Imported {
  return composeVariables(withholdSecrets(readByKind(path, options)));
}

function readByKind(path: string, options: ReadOptions): Imported {
  const source = readSource(path);
  const file = basename(path);
  if (/^Procfile(\.\w+)?$/i.test(file)) return readProcfile(source);
  if (/^\.(conf|ini)$/.test(extname(file))) {
    if (/^\s*\[(fcgi-)?program:/m.test(source.text)) return readSupervisord(source);
    throw programError('DN_IMPORT_UNKNOWN_FORMAT', { path, kinds: KINDS });
  }
  if (SCRIPT.test(file) && !options.isExecuted) throw programError('DN_IMPORT_NEEDS_EXECUTE', { path });
  const value = SCRIPT.test(file) ? runEcosystem(path, options.variables) : parse(source);
  const servers = mcpServersIn(value);
  if (servers.length > 0) return readMcp(source, servers);
  const apps = pm2AppsIn(value);
  if (apps) return readPm2(source, apps, Array.isArray(value) ? {} : mapOf(value));
  const { services } = mapOf(value);
  if (Object.keys(mapOf(services)).length > 0) return readCompose(source, mapOf(value));
  throw programError('DN_IMPORT_UNKNOWN_FORMAT', { path, kinds: KINDS });
}

function readSource(path: string): SourceFile {
  try {
    const found = statSync(path);
    // A device never ends, and a pipe may never begin.
    if (!found.isFile()) throw unreadable(path, 'it is not a file');
    if (found.size > LARGEST_BYTES) throw unreadable(path, `it is larger than ${LARGEST_BYTES} bytes`);
    const text = readFileSync(path, 'utf8').replace(BYTE_ORDER_MARK, '');
    return { path, folder: dirname(resolve(path)), text };
  } catch (thrown) {
    if (DreamnetError.is(thrown)) throw thrown;
    throw unreadable(path, DreamnetError.from(thrown).message, thrown);
  }
}

function unreadable(path: string, why: string, cause?: unknown): DreamnetError {
  return programError('DN_IMPORT_UNREADABLE', { path, why }, cause);
}

/** JSON is YAML, too, once its comments are gone, and a fault is told with its place. `<<` merges: compose files do it. */
function parse({ path, text }: SourceFile): unknown {
  const isJson = /^\s*(\/\/|\/\*|\{|\[)/.test(text);
  const plain = isJson ? parseJson(text) : undefined;
  if (plain !== undefined) return plain;
  if (isJson && text.length > LARGEST_COMMENTED)
    throw unreadable(
      path,
      `with comments in it, or faults, JSON is read up to ${LARGEST_COMMENTED} characters`,
    );
  const stripped = isJson ? stripJsonComments(text) : text;
  const value = isJson ? parseJson(stripped) : undefined;
  return value === undefined ? parseYamlSource(path, stripped, { isMerging: true }).value : value;
}

/** Of a key that stands there twice the last one counts, as for those who wrote it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.trim());
  } catch {
    return undefined;
  }
}

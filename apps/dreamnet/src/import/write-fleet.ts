import { basename, relative, resolve } from 'node:path';
import { Document, isMap, isScalar, isSeq, YAMLMap } from 'yaml';
import { NAME_PATTERN } from '../config/fields.js';
import type { Imported, ImportedAgent } from './imported.js';

/** What one file came to, and what it is called in comments. */
export interface ImportedFile {
  readonly path: string;
  readonly imported: Imported;
}

/** Lines that stand on top of every file that was made like this. */
const HEAD = [
  ' An agent inherits nothing of the shell it was started from: what it needs stands under env or bindings.',
  ' Lines that begin with # say what could not be carried over.',
];

/** A fleet file, and who is in it by the names they have there. */
export interface WrittenFleet {
  readonly text: string;
  readonly agents: readonly string[];
  readonly subsystems: readonly string[];
}

/**
 * The fleet file that does what the given files did, with comments on what it cannot.
 *
 * @param folder Where it will lie: paths in it start from there.
 */
export function writeFleet(files: readonly ImportedFile[], folder: string): WrittenFleet {
  const names = new Names();
  const notes = files.flatMap(({ path, imported }) => [
    ` Imported from ${basename(path)}.`,
    ...imported.notes.map((note) => ` ${note}`),
  ]);
  const document = new Document({ version: 1 });
  document.commentBefore = [...notes, ...HEAD].map(oneLine).join('\n');
  const agents = new YAMLMap();
  const subsystems = new YAMLMap();
  for (const { imported } of files) {
    const renamed = new Map(imported.agents.map(({ name }) => [name, names.take(name)]));
    for (const agent of imported.agents) addAgent({ document, agents, renamed, folder }, agent);
    for (const { name, probe, notes: about } of imported.subsystems)
      addEntry(document, subsystems, { name: names.take(name), value: { probe }, notes: about });
  }
  if (agents.items.length > 0) document.set('agents', agents);
  if (subsystems.items.length > 0) document.set('subsystems', subsystems);
  const namesIn = (map: YAMLMap) => map.items.map(({ key }) => String(key));
  const text = document.toString({ lineWidth: 0, singleQuote: true });
  return { text, agents: namesIn(agents), subsystems: namesIn(subsystems) };
}

interface Target {
  document: Document;
  agents: YAMLMap;
  renamed: ReadonlyMap<string, string>;
  folder: string;
}

function addAgent({ document, agents, renamed, folder }: Target, agent: ImportedAgent): void {
  const known = agent.dependsOn.flatMap((name) => renamed.get(name) ?? []);
  const unknown = agent.dependsOn.filter((name) => !renamed.has(name));
  const cwd = relative(resolve(folder), agent.cwd);
  const value = {
    runtime: runtimeOf(agent.command[0]),
    command: agent.command,
    ...(cwd !== '' && { cwd }),
    ...(agent.protocol !== 'none' && { protocol: agent.protocol }),
    ...(Object.keys(agent.env).length > 0 && { env: agent.env }),
    ...(known.length > 0 && { dependsOn: known }),
    ...agent.settings,
    ...(Object.keys(agent.secrets).length > 0 && { bindings: [{ type: 'secrets', config: agent.secrets }] }),
  };
  const missing = unknown.length > 0 ? [`it needs ${unknown.join(', ')}, which did not become an agent`] : [];
  const name = renamed.get(agent.name) ?? agent.name;
  const called = name === agent.name ? [] : [`was called '${agent.name}'`];
  addEntry(document, agents, { name, value, notes: [...called, ...agent.notes, ...missing] });
}

function addEntry(
  document: Document,
  map: YAMLMap,
  { name, value, notes }: { name: string; value: unknown; notes: readonly string[] },
): void {
  const pair = document.createPair(name, value);
  if (isScalar(pair.key) && notes.length > 0)
    pair.key.commentBefore = notes.map((note) => oneLine(` ${note}`)).join('\n');
  const command = isMap(pair.value) ? pair.value.get('command', true) : undefined;
  if (isSeq(command)) command.flow = true;
  map.items.push(pair);
}

/** The driver for a program: one that knows its language says more of it. */
function runtimeOf(program: string): string {
  const name = basename(program);
  if (name === 'node') return 'node';
  return /^python(3(\.\d+)?)?$/.test(name) ? 'python' : 'custom';
}

/** A comment must not end where the file it came from had the end of a line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** Names that may be names here, each once. */
class Names {
  readonly #taken = new Set<string>();

  take(wanted: string): string {
    const plain = wanted.replace(/[^a-z0-9_-]+/gi, '-').replace(/^[-_]+|[-_]+$/g, '');
    const base = NAME_PATTERN.test(plain) ? plain : plain.slice(0, 60).replace(/[-_]+$/, '') || 'agent';
    let name = base;
    for (let number = 2; this.#taken.has(name); number += 1) name = `${base.slice(0, 58)}-${number}`;
    this.#taken.add(name);
    return name;
  }
}

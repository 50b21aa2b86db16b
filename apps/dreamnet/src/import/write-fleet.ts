import { basename, relative, resolve } from 'node:path';
import { Document, isMap, isScalar, isSeq, YAMLMap } from 'yaml';
import { NAME_PATTERN } from '../config/fields.js';
import { type FleetEntry, fitEntries } from './fit-entries.js';
import type { Imported, ImportedAgent } from './imported.js';
import { bindSecrets } from './vault-keys.js';

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
  /** How many comments there are to be read. */
  readonly notes: number;
}

/**
 * The fleet file that does what the given files did, with comments on what it cannot.
 *
 * @param folder Where it will lie: paths in it start from there.
 */
export function writeFleet(files: readonly ImportedFile[], folder: string): WrittenFleet {
  const names = new Names();
  const { kept, lost } = fitEntries(files.flatMap(({ imported }) => entriesOf(imported, names, folder)));
  const about = files.flatMap(({ path, imported }) => [
    ` Imported from ${basename(path)}.`,
    ...imported.notes.map((note) => ` ${note}`),
  ]);
  const without = lost.map(({ name, why }) => ` '${name}' is left out: ${why}`);
  const document = new Document({ version: 1 });
  document.commentBefore = [...about, ...without, ...HEAD].map(oneLine).join('\n');
  for (const section of ['agents', 'subsystems'] as const) {
    const map = new YAMLMap();
    for (const entry of kept) if (entry.section === section) addEntry(document, map, entry);
    if (map.items.length > 0) document.set(section, map);
  }
  const namesIn = (section: FleetEntry['section']) =>
    kept.filter((entry) => entry.section === section).map(({ name }) => name);
  const text = document.toString({ lineWidth: 0, singleQuote: true });
  const notes = kept.reduce(
    (sum, entry) => sum + entry.notes.length,
    about.length - files.length + without.length,
  );
  return { text, agents: namesIn('agents'), subsystems: namesIn('subsystems'), notes };
}

function entriesOf({ agents, subsystems }: Imported, names: Names, folder: string): FleetEntry[] {
  const named = agents.map((agent) => ({ agent, name: names.take(agent.name) }));
  // Of two of one name, the first is meant.
  const renamed = new Map([...named].reverse().map(({ agent, name }) => [agent.name, name]));
  return [
    ...named.map(({ agent, name }) => toEntry(agent, name, { renamed, folder })),
    ...subsystems.map(({ name, probe, notes }) => {
      const given = names.take(name);
      return {
        section: 'subsystems' as const,
        name: given,
        value: { probe },
        notes: [...called(name, given), ...notes],
      };
    }),
  ];
}

function toEntry(
  agent: ImportedAgent,
  name: string,
  { renamed, folder }: { renamed: ReadonlyMap<string, string>; folder: string },
): FleetEntry {
  const known = agent.dependsOn.flatMap((one) => renamed.get(one) ?? []);
  const unknown = agent.dependsOn.filter((one) => !renamed.has(one));
  const near = relative(resolve(folder), agent.cwd);
  // The way up and down again says less than the whole path, where that is shorter.
  const cwd = near.length <= agent.cwd.length ? near : agent.cwd;
  const bound = bindSecrets(agent, name);
  const value = {
    runtime: runtimeOf(agent.command[0]),
    command: agent.command,
    ...(cwd !== '' && { cwd }),
    ...(agent.protocol !== 'none' && { protocol: agent.protocol }),
    ...(Object.keys(agent.env).length > 0 && { env: agent.env }),
    ...(known.length > 0 && { dependsOn: known }),
    ...agent.settings,
    ...(Object.keys(bound.config).length > 0 && { bindings: [{ type: 'secrets', config: bound.config }] }),
  };
  const missing = unknown.length > 0 ? [`it needs ${unknown.join(', ')}, which did not become an agent`] : [];
  const notes = [...called(agent.name, name), ...bound.notes, ...agent.notes, ...missing];
  return { section: 'agents', name, value, notes };
}

function called(name: string, given: string): readonly string[] {
  return given === name ? [] : [`was called '${name}'`];
}

function addEntry(document: Document, map: YAMLMap, { name, value, notes }: FleetEntry): void {
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

/** Leaves room for a number of seven digits. */
const LONGEST_BASE = 55;
/** Of a longer name this much is looked at: taking the end of a megabyte off, sign by sign, would take forever. */
const LONGEST_WANTED = 1000;

/** Names that may be names here, each once. */
class Names {
  readonly #taken = new Set<string>();
  /** Base → the number tried next: thousands of one name would count from the beginning each. */
  readonly #next = new Map<string, number>();

  take(wanted: string): string {
    const plain = wanted
      .slice(0, LONGEST_WANTED)
      .replace(/[^a-z0-9_-]+/gi, '-')
      .replace(/^[-_]+|[-_]+$/g, '');
    const base = NAME_PATTERN.test(plain) ? plain : plain.slice(0, 60).replace(/[-_]+$/, '') || 'agent';
    let name = base;
    for (let number = this.#next.get(base) ?? 2; this.#taken.has(name); number += 1) {
      name = `${base.slice(0, LONGEST_BASE).replace(/[-_]+$/, '')}-${number}`;
      this.#next.set(base, number + 1);
    }
    this.#taken.add(name);
    return name;
  }
}

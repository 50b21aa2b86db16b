import type { SourcePlace } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { programError } from '../errors.js';

/** A YAML text that can say where each of its values stands. */
export interface YamlSource {
  readonly file: string;
  readonly value: unknown;
  /** The place of the value at `path`, or of its nearest ancestor that exists. */
  placeOf(path: readonly PropertyKey[]): SourcePlace;
  /** The place of the key `key` in the map at `path`. */
  placeOfKey(path: readonly PropertyKey[], key: string): SourcePlace;
}

/**
 * Parses YAML with places.
 *
 * @param options With `isTextOnly` every scalar stays the text it is written as, and `<<` merges, as older files have it;
 * with `isMerging` only that.
 * @throws DN_CONFIG_SYNTAX, DN_CONFIG_DUPLICATE_NAME — with line and column.
 */
export function parseYamlSource(
  file: string,
  text: string,
  options: { isTextOnly?: boolean; isMerging?: boolean } = {},
): YamlSource {
  const lines = new LineCounter();
  const parse = (lineCounter = new LineCounter()) =>
    parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      // It compares each key with every other one of its map: 0.6 s for 10,000 agents.
      uniqueKeys: false,
      // The library's warnings would go to standard error by themselves.
      logLevel: 'error',
      ...(options.isTextOnly === true && { schema: 'failsafe', merge: true }),
      ...(options.isMerging === true && { merge: true }),
    });
  const document = parse(lines);
  const at = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const show = (offset: number) => showPlace(at(offset));
  const [error] = document.errors;
  if (error) {
    throw programError('DN_CONFIG_SYNTAX', { place: show(error.pos[0]), why: error.message });
  }
  refuseBadKeys(document, show);
  if (text.includes('*')) refuseCircles(document, show);
  return {
    file,
    value: toPlain(document, show),
    ...placesIn(keepLoosely(document, parse), at, sectionKeys(document)),
  };
}

function placesIn(
  document: () => Document,
  at: (offset: number) => SourcePlace,
  known: ReadonlyMap<string, ReadonlyMap<string, number>>,
) {
  return {
    placeOf: (path: readonly PropertyKey[]) => at(offsetOf(document(), path)),
    placeOfKey: (path: readonly PropertyKey[], key: string) => {
      const offset = path.length === 1 ? known.get(String(path[0]))?.get(key) : undefined;
      return at(offset ?? keyOffset(document(), path, key) ?? offsetOf(document(), path));
    },
  };
}

/** Where the keys of each section stand: what is declared there (agents, subsystems) is asked for one by one. */
function sectionKeys({ contents }: Document): Map<string, Map<string, number>> {
  const sections = new Map<string, Map<string, number>>();
  for (const section of isMap(contents) ? contents.items : [])
    if (isScalar(section.key) && isMap(section.value))
      sections.set(String(section.key.value), keyOffsets(section.value));
  return sections;
}

function keyOffsets({ items }: YAMLMap): Map<string, number> {
  const offsets = new Map<string, number>();
  for (const { key } of items) if (isScalar(key) && key.range) offsets.set(String(key.value), key.range[0]);
  return offsets;
}

/** A parsed document weighs twenty times its text and is asked for when something is wrong. */
function keepLoosely(document: Document, parse: () => Document): () => Document {
  let kept = new WeakRef(document);
  return () => {
    const found = kept.deref() ?? parse();
    kept = new WeakRef(found);
    return found;
  };
}

/** `file:line:column`, the form editors and terminals make clickable. */
export function showPlace(place: SourcePlace): string {
  return `${place.file}:${place.line}:${place.column}`;
}

type ShowOffset = (offset: number) => string;

function toPlain(document: Document, show: ShowOffset): unknown {
  try {
    // maxAliasCount is the library's guard against documents that explode when their aliases are followed.
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    throw programError('DN_CONFIG_SYNTAX', { place: show(lastAliasOffset(document)), why }, thrown);
  }
}

/** Only aliases make a parsed document fail to become values: the last one is where the trouble ends at the latest. */
function lastAliasOffset(document: Document): number {
  let offset = 0;
  visit(document, {
    Alias: (_key, node) => {
      offset = node.range?.[0] ?? offset;
    },
  });
  return offset;
}

/** In every map: a key twice, and one that JavaScript objects treat as something else than a key, so that it would vanish in silence. */
function refuseBadKeys(document: Document, show: ShowOffset): void {
  visit(document, {
    Map: (_key, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        // `<<` may stand there more than once: where it merges it is a symbol.
        if (!isScalar(key) || typeof key.value === 'symbol') continue;
        // As the object will have it: `1` and `"1"` are the same.
        const name = String(key.value ?? '');
        const isSpecial = name === '__proto__';
        if (isSpecial || seen.has(name)) {
          const place = show(key.range?.[0] ?? 0);
          throw isSpecial
            ? programError('DN_CONFIG_UNKNOWN_KEY', { place, key: name, hint: '' })
            : programError('DN_CONFIG_DUPLICATE_NAME', { place, name, where: '' });
        }
        seen.add(name);
      }
    },
  });
}

/** An alias to what it stands in: the value would have no end. */
function refuseCircles(document: Document, show: ShowOffset): void {
  const anchored = new Map<string, unknown>();
  visit(document, {
    Value: (_key, node) => {
      if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
    Alias: (_key, node, path) => {
      const target = anchored.get(node.source);
      if (target === undefined || !path.some((one) => one === target)) return;
      const why = `'${node.source}' contains itself`;
      throw programError('DN_CONFIG_SYNTAX', { place: show(node.range?.[0] ?? 0), why });
    },
  });
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: Node | null = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    node = childOf(node, step);
    if (!node) break;
    offset = node.range?.[0] ?? offset;
  }
  return offset;
}

function childOf(node: Node | null, step: PropertyKey): Node | null {
  if (isMap(node) || isSeq(node)) {
    const child: unknown = node.get(typeof step === 'symbol' ? String(step) : step, true);
    return child && typeof child === 'object' ? (child as Node) : null;
  }
  return null;
}

function keyOffset(document: Document, path: readonly PropertyKey[], key: string): number | undefined {
  let node: Node | null = document.contents as Node | null;
  for (const step of path) node = childOf(node, step);
  if (!isMap(node)) return undefined;
  const pair = node.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key,
  );
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}

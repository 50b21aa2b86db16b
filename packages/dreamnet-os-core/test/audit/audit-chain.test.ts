import type { AuditEntry } from '@dreamnet/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  AUDIT_GENESIS,
  type AuditHead,
  linkAuditEntry,
  verifyAuditChain,
} from '../../src/audit/audit-chain.js';
import { canonicalJson } from '../../src/audit/canonical-json.js';

function chainOf(length: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  let head: AuditHead = AUDIT_GENESIS;
  for (let index = 0; index < length; index += 1) {
    const draft = { actor: 'ada', action: 'alert.resolve', target: `alert-${index}`, details: { index } };
    const entry = linkAuditEntry(head, draft, 1000 + index);
    entries.push(entry);
    head = entry;
  }
  return entries;
}

test('audit chain: a chain as it was written is whole, from its start and from its middle', () => {
  const chain = chainOf(5);
  expect(verifyAuditChain(chain)).toEqual({ ok: true, entries: 5 });
  expect(verifyAuditChain(chain.slice(2))).toEqual({ ok: true, entries: 3 });
  expect(verifyAuditChain([])).toEqual({ ok: true, entries: 0 });
});

test('audit chain: a change to any field of any entry is found, and the first broken link is named', () => {
  for (const field of [
    'at',
    'actor',
    'action',
    'target',
    'details',
    'previous',
    'hash',
    'sequence',
  ] as const) {
    for (const [at, entry] of chainOf(4).entries()) {
      const chain = chainOf(4);
      const forged = field === 'at' || field === 'sequence' ? 99 : field === 'details' ? { index: 'x' } : 'x';
      chain[at] = { ...entry, [field]: forged };
      const verdict = verifyAuditChain(chain);
      expect(verdict.ok, `${field} of entry ${at}`).toBe(false);
      if (!verdict.ok && field !== 'sequence') expect(verdict.sequence).toBe(at + 1);
    }
  }
});

test('audit chain: a removed, doubled or exchanged entry is found', () => {
  const [first, second, third, fourth] = chainOf(4) as [AuditEntry, AuditEntry, AuditEntry, AuditEntry];
  expect(verifyAuditChain([first, third, fourth])).toMatchObject({ ok: false, sequence: 3 });
  expect(verifyAuditChain([first, second, second])).toMatchObject({ ok: false, sequence: 2 });
  expect(verifyAuditChain([first, third, second, fourth])).toMatchObject({ ok: false });
  expect(verifyAuditChain([second, third], AUDIT_GENESIS)).toMatchObject({ ok: false, sequence: 2 });
});

test('audit chain: an entry rewritten with a hash of its own breaks the next link', () => {
  const chain = chainOf(3);
  const first = chain[0] as AuditEntry;
  chain[0] = linkAuditEntry(AUDIT_GENESIS, { ...first, actor: 'eve' }, first.at);
  expect(verifyAuditChain(chain)).toMatchObject({ ok: false, sequence: 2 });
});

test('canonical JSON: the order of keys does not matter, everything else does', () => {
  expect(canonicalJson({ b: 1, a: [{ d: 1, c: undefined }] })).toBe('{"a":[{"d":1}],"b":1}');
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }),
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]): [string, unknown] => [key, reversed(member)]);
  return Object.fromEntries(entries.reverse());
}

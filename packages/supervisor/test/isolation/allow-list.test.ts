import { expect, test } from 'vitest';
import { isAllowed, parseAllowed, parseDestination } from '../../src/isolation/allow-list.js';

const list = (...texts: string[]) => texts.flatMap((text) => parseAllowed(text) ?? []);

test('allow-list: a host alone allows every port of it, a host with a port that one', () => {
  const allowed = list('api.example.org:443', 'db.example.org');
  expect(isAllowed({ host: 'api.example.org', port: 443 }, allowed)).toBe(true);
  expect(isAllowed({ host: 'api.example.org', port: 80 }, allowed)).toBe(false);
  expect(isAllowed({ host: 'db.example.org', port: 5432 }, allowed)).toBe(true);
});

test('allow-list: a star stands for every name below, and for nothing else', () => {
  const allowed = list('*.example.org:443');
  expect(isAllowed({ host: 'a.b.example.org', port: 443 }, allowed)).toBe(true);
  for (const host of ['example.org', 'evilexample.org', 'example.org.evil.net', '.example.org'])
    expect(isAllowed({ host, port: 443 }, allowed), host).toBe(false);
});

test('allow-list: case, a final dot and brackets do not matter', () => {
  expect(parseDestination('API.Example.org.:443')).toEqual({ host: 'api.example.org', port: 443 });
  expect(parseDestination('[2001:DB8::1]:443')).toEqual({ host: '2001:db8::1', port: 443 });
  expect(isAllowed({ host: '2001:db8::1', port: 443 }, list('[2001:db8::1]:443'))).toBe(true);
});

test('allow-list: what is no host and port is neither an entry nor a destination', () => {
  for (const text of ['', ':443', 'a b:1', 'host:0', 'host:65536', 'user@host/:1', 'http://x:1', '*'])
    expect(parseAllowed(text), text).toBeUndefined();
  expect(parseDestination('host')).toBeUndefined();
  expect(parseDestination('*.example.org:443')).toBeUndefined();
});

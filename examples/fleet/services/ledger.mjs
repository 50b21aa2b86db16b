// ledger (economy): moves tokens between accounts and keeps every move in an append-only file of JSON lines.
// GET /healthz reads that file again and adds it up, so it tells the state of the data and not just of the process.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { createLog, optionValue, portFrom, readJson, refuse, serve } from './service.mjs';

const log = createLog('ledger');
const port = portFrom(process.argv, process.env.LEDGER_PORT, 7801);
const file = optionValue(process.argv, '--data') ?? process.env.LEDGER_FILE ?? 'data/ledger.jsonl';
/** Where tokens come from. Its balance is minus everything ever issued, so all balances always add up to 0. */
const MINT = 'mint';

/** Adds up the file. Throws a sentence when an entry is unreadable, missing or overdraws an account. */
function addUp(text) {
  const balances = new Map();
  const lines = text.split('\n').filter(Boolean);
  lines.forEach((line, index) => {
    const entry = JSON.parse(line);
    if (entry.seq !== index + 1) throw new RangeError(`entry ${index + 1} says it is number ${entry.seq}`);
    apply(balances, entry);
  });
  const total = [...balances.values()].reduce((sum, balance) => sum + balance, 0);
  if (total !== 0) throw new RangeError(`balances add up to ${total} instead of 0`);
  return { balances, entries: lines.length };
}

function apply(balances, { seq, from, to, amount }) {
  if (!Number.isSafeInteger(amount) || amount <= 0) throw new RangeError(`entry ${seq} moves ${amount}`);
  const left = (balances.get(from) ?? 0) - amount;
  if (left < 0 && from !== MINT) throw new RangeError(`entry ${seq} overdraws ${from} by ${-left}`);
  balances.set(from, left);
  balances.set(to, (balances.get(to) ?? 0) + amount);
}

/** Opens the file; a last line cut short by a crash was never acknowledged and is taken away. */
function open() {
  mkdirSync(dirname(file), { recursive: true });
  const descriptor = openSync(file, 'a');
  const bytes = readFileSync(file);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) {
    truncateSync(file, whole);
    log('cut-unfinished-entry', { bytes: bytes.length - whole });
  }
  const book = { descriptor, ...addUp(bytes.subarray(0, whole).toString()) };
  if (book.entries === 0) append(book, { from: MINT, to: 'treasury', amount: 1_000_000 });
  return book;
}

/** On disk before it counts: a transfer that was answered survives a power cut. */
function append(book, move) {
  const entry = { seq: book.entries + 1, at: Date.now(), ...move };
  const next = new Map(book.balances);
  apply(next, entry);
  writeSync(book.descriptor, `${JSON.stringify(entry)}\n`);
  fsyncSync(book.descriptor);
  book.balances = next;
  book.entries = entry.seq;
  return entry;
}

/** Reads the file again when it changed since it was last found right. */
function selfCheck(book) {
  const { size, mtimeMs } = statSync(file);
  if (book.checked === `${size}:${mtimeMs}`) return;
  const seen = addUp(readFileSync(file, 'utf8'));
  if (seen.entries !== book.entries) {
    throw new RangeError(`the file has ${seen.entries} entries, the ledger wrote ${book.entries}`);
  }
  book.checked = `${size}:${mtimeMs}`;
}

function health(book) {
  const metrics = {
    entries: book.entries,
    accounts: book.balances.size - 1,
    issued: -(book.balances.get(MINT) ?? 0),
  };
  try {
    selfCheck(book);
    return [200, { status: 'ok', details: `${book.entries} entries add up`, metrics }];
  } catch (error) {
    log('self-check-failed', { because: error.message });
    return [503, { status: 'error', details: `${file}: ${error.message}`, metrics }];
  }
}

async function transfer(book, request) {
  const move = await readJson(request);
  const { from, to, amount } = Object(move);
  const isName = (value) => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);
  if (!isName(from) || !isName(to) || from === MINT || to === MINT || from === to) {
    return [400, { error: `from and to must be two different account names, neither of them '${MINT}'` }];
  }
  try {
    const entry = append(book, { from, to, amount });
    log('transferred', { seq: entry.seq, from, to, amount });
    return [200, entry];
  } catch (error) {
    if (error instanceof RangeError) return [409, { error: error.message }];
    throw error;
  }
}

const routes = {
  'GET /healthz': health,
  'GET /balances': (book) => [200, Object.fromEntries(book.balances)],
  'POST /transfer': transfer,
};

function start() {
  try {
    return open();
  } catch (error) {
    return refuse(log, `${file}: ${error.message}`);
  }
}

const book = start();
const server = createServer(async (request, response) => {
  const route = routes[`${request.method} ${request.url.split('?')[0]}`];
  let [status, body] = [404, { error: `no such resource; there is ${Object.keys(routes).join(', ')}` }];
  try {
    if (route) [status, body] = await route(book, request);
  } catch (error) {
    [status, body] = [error instanceof SyntaxError ? 400 : 500, { error: error.message }];
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
serve(server, { port, log, onClosed: () => closeSync(book.descriptor) });

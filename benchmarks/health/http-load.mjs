import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Enough that the disk, which is waited for before each answer, is not what is measured. */
const CONNECTIONS = 256;

/** Is there a wrk to load with? Without one the load comes from Node, which is slower and shares more of the machine. */
export function findWrk(given) {
  const wrk = given ?? 'wrk';
  const { stdout } = spawnSync(wrk, ['--version'], { encoding: 'utf8' });
  return stdout?.startsWith('wrk ') ? wrk : undefined;
}

/**
 * POSTs the bodies in turn over 256 connections, one request at a time on each.
 *
 * @returns {Promise<{rate: number, failures: number, tool: string}>} answers a second; what was no 202
 */
export async function loadHttp({ url, token, bodies, seconds, wrk }) {
  return wrk === undefined
    ? loadWithNode({ url, token, bodies, seconds })
    : loadWithWrk({ url, token, bodies, seconds, wrk });
}

function loadWithWrk({ url, token, bodies, seconds, wrk }) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-wrk-'));
  try {
    const script = join(folder, 'load.lua');
    writeFileSync(script, luaScript(bodies, token));
    const args = ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '-s', script, url];
    const { stdout, stderr, status } = spawnSync(wrk, args, { encoding: 'utf8' });
    const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
    if (status !== 0 || !(rate > 0)) throw new Error(`wrk: ${stderr}${stdout}`);
    return { rate, failures: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0), tool: 'wrk' };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The requests are written out before the first is sent. */
function luaScript(bodies, token) {
  const list = bodies.map((body) => `  [==[${body}]==],`).join('\n');
  return `local bodies = {\n${list}\n}
local requests = {}
local at = 0
function init()
  local headers = { ["content-type"] = "application/json", ["authorization"] = "Bearer ${token}" }
  for index, body in ipairs(bodies) do requests[index] = wrk.format("POST", nil, headers, body) end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
`;
}

async function loadWithNode({ url, token, bodies, seconds }) {
  const { hostname, port, pathname } = new URL(url);
  const requests = bodies.map((body) =>
    Buffer.from(
      `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\n` +
        `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  );
  let answers = 0;
  let failures = 0;
  let next = 0;
  const sockets = Array.from({ length: CONNECTIONS }, () => {
    const socket = connect(Number(port), hostname);
    socket.setNoDelay(true);
    const send = () => socket.write(requests[next++ % requests.length]);
    socket.on('connect', send);
    // An answer is far smaller than a packet: one event is one answer.
    socket.on('data', (part) => {
      answers += 1;
      if (part[9] !== 0x32) failures += 1;
      send();
    });
    socket.on('error', () => {
      failures += 1;
    });
    return socket;
  });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  for (const socket of sockets) socket.destroy();
  return { rate: answers / seconds, failures, tool: 'own load from Node' };
}

// argv: socket, seconds, number of subsystems. Writes reports as fast as they are taken; prints what was acknowledged.
import { connect } from 'node:net';

const [, , path, seconds, subsystems] = process.argv;
const LINES_A_WRITE = 500;

const lines = Array.from({ length: Number(subsystems) }, (_, index) =>
  JSON.stringify({
    subsystem: `svc-${index}`,
    status: 'ok',
    metrics: { queue_depth: index % 7, latency_ms: 12.5 },
    // It ends before the rest of the benchmark does: see wire.mjs.
    isIrregular: true,
  }),
);
const writes = [];
for (let at = 0; at < lines.length; at += LINES_A_WRITE)
  writes.push(Buffer.from(`${lines.slice(at, at + LINES_A_WRITE).join('\n')}\n`));

const socket = connect({ path, allowHalfOpen: true });
let text = '';
let last = { acked: 0 };
let firstAt;
socket.on('data', (part) => {
  text += part;
  const end = text.lastIndexOf('\n');
  if (end < 0) return;
  last = JSON.parse(text.slice(text.lastIndexOf('\n', end - 1) + 1, end));
  text = text.slice(end + 1);
});
socket.on('connect', () => {
  firstAt = performance.now();
  const endsAt = firstAt + Number(seconds) * 1000;
  let next = 0;
  const pump = () => {
    while (performance.now() < endsAt) {
      const isRoom = socket.write(writes[next]);
      next = (next + 1) % writes.length;
      if (!isRoom) return void socket.once('drain', pump);
    }
    socket.end();
  };
  pump();
});
socket.on('end', () => {
  // Until the last acknowledgement: what was sent and not answered does not count.
  console.log(JSON.stringify({ ...last, seconds: (performance.now() - firstAt) / 1000 }));
  socket.end();
});

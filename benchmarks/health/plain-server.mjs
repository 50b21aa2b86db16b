// The least a Node server can do with a report: read the body, parse it, answer. Prints its port.
import { createServer } from 'node:http';

const ANSWER = Buffer.from('{"accepted":true}');
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const report = JSON.parse(Buffer.concat(parts).toString('utf8'));
    response.writeHead(typeof report.subsystem === 'string' ? 202 : 400, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': ANSWER.length,
    });
    response.end(ANSWER);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

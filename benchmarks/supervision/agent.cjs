// node agent.cjs LOG ID: its first act is the stamp, on the clock the tiny agent uses, too.
const { appendFileSync } = require('node:fs');

const [log, id] = process.argv.slice(2);
appendFileSync(log, `${id} ${process.pid} ${process.hrtime.bigint()}\n`);
setInterval(() => undefined, 2 ** 30);

// Imported before a service of the demo. While the file WEDGE_FILE exists the service accepts connections and never answers. A
// new process takes the file away at its start, as a restart clears a wedge.
import { existsSync, rmSync } from 'node:fs';
import { Server } from 'node:http';

const { WEDGE_FILE } = process.env;
rmSync(WEDGE_FILE, { force: true });
const { emit } = Server.prototype;
Server.prototype.emit = function emitUnlessWedged(event, ...rest) {
  return event === 'request' && existsSync(WEDGE_FILE) ? true : emit.call(this, event, ...rest);
};

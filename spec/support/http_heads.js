// Says for each request head, given as one hexadecimal line, whether Node's HTTP server takes it.
'use strict';
const http = require('http');
const { Duplex } = require('stream');

function verdict(bytes) {
  return new Promise((resolve) => {
    const server = http.createServer({ maxHeaderSize: 65536 });
    let answer = 'waits';
    const settle = (text) => { if (answer === 'waits') answer = text; };
    const socket = new Duplex({ read() {}, write(chunk, encoding, done) {
      // without a handler of ours, a refused request is answered by the server itself
      if (chunk.toString('latin1').startsWith('HTTP/1.1 4')) settle('refuses');
      done();
    } });
    socket.setTimeout = () => socket;
    server.on('request', (request, response) => {
      request.on('error', () => {});
      request.on('data', () => {});
      settle('takes');
      response.end();
    });
    server.on('clientError', () => settle('refuses'));
    server.emit('connection', socket);
    socket.push(bytes);
    setTimeout(() => { socket.destroy(); resolve(answer); }, 30);
  });
}

const lines = require('fs').readFileSync(0, 'latin1').split('\n').filter((line) => line.length > 0);
Promise.all(lines.map((line) => verdict(Buffer.from(line, 'hex')))).then((verdicts) => {
  process.stdout.write(verdicts.join('\n') + '\n');
  process.exit(0);
});

// Says for each line of bytes in hexadecimal what Node's HTTP server makes of them: whether it takes the first request's
// head, or, given "messages", which requests it sees, "[METHOD target body]" each, and where it refuses or waits.
'use strict';
const http = require('http');
const { Duplex } = require('stream');

const WHOLE = process.argv[2] === 'messages';

function verdict(bytes) {
  return new Promise((resolve) => {
    const server = http.createServer({ maxHeaderSize: 65536 });
    let seen = '';
    let open = 0;
    let settled = '';
    const settle = (text) => { if (settled === '') settled = text; };
    const socket = new Duplex({ read() {}, write(chunk, encoding, done) {
      // without a handler of ours, a refused request is answered by the server itself
      if (chunk.toString('latin1').startsWith('HTTP/1.1 4')) settle('refused');
      done();
    } });
    socket.setTimeout = () => socket;
    server.on('request', (request, response) => {
      let body = '';
      open += 1;
      request.on('error', () => {});
      request.on('data', (piece) => { body += piece.toString('latin1'); });
      request.on('end', () => {
        open -= 1;
        seen += `[${request.method} ${request.url} ${body}]`;
      });
      if (!WHOLE) settle('takes');
      response.end();
    });
    server.on('clientError', () => settle('refused'));
    server.emit('connection', socket);
    socket.push(bytes);
    setTimeout(() => {
      socket.destroy();
      if (WHOLE) resolve(seen + (settled || (open > 0 ? 'waits' : '')));
      else resolve(settled || 'waits');
    }, 30);
  });
}

const lines = require('fs').readFileSync(0, 'latin1').split('\n').filter((line) => line.length > 0);
Promise.all(lines.map((line) => verdict(Buffer.from(line, 'hex')))).then((verdicts) => {
  process.stdout.write(verdicts.map((text) => JSON.stringify(text)).join('\n') + '\n');
  process.exit(0);
});

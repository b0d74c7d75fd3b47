// Ways to a real server that are not straight: a proxy, an address that is not the right one, and a
// server that answers late.

import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { openMessageGate } from './message_gate.mjs';
import { assertExit, assertFailedCleanly, check, exit, wsferry } from './tool.mjs';

// An HTTP proxy that connects to any port of this machine for whoever knows the password.
async function startProxy(password) {
  const seen = [];
  const sockets = new Set();
  const server = http.createServer((request, response) => response.writeHead(405).end());
  server.on('connect', (request, client, head) => {
    seen.push(request.url);
    sockets.add(client);
    client.on('error', () => {});
    if (request.headers['proxy-authorization'] !== `Basic ${Buffer.from(`user:${password}`).toString('base64')}`) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\n\r\n');
      return;
    }
    const upstream = net.connect(Number(request.url.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.write(head);
      client.pipe(upstream).pipe(client);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  };
  return { url: `http://user:${password}@127.0.0.1:${server.address().port}`, seen, close };
}

const pullFrom = (url, token, options = [], more = {}) => wsferry(['pull', url, '-o', 'x.tar', ...options], { token, ...more });

// By a name that only the proxy knows: this machine itself is never reached by way of a proxy that
// the environment names.
async function checkProxy(server, at) {
  await check(`${at}: a pull goes through the proxy of the environment, and past it where NO_PROXY says so`, async () => {
    const password = 'password-of-the-proxy';
    const proxy = await startProxy(password);
    try {
      const { port } = new URL(server.url);
      const pull = (http_proxy, more = {}) =>
        pullFrom(`http://strapi.invalid:${port}/admin`, server.tokens.pull, ['-q', '--insecure'], { variables: { http_proxy, ...more } });
      assertExit(await pull(proxy.url), exit.done);
      assert.deepEqual(proxy.seen, [`strapi.invalid:${port}`]);
      const refused = await pull(proxy.url.replace(password, `not-the-${password}`));
      assertFailedCleanly(refused, exit.connection);
      assert.match(refused.stderr, /407/);
      assert.ok(!refused.stderr.includes(password), refused.stderr);
      assertFailedCleanly(await pull(proxy.url, { no_proxy: 'strapi.invalid' }), exit.connection);
      assert.equal(proxy.seen.length, 2);
    } finally {
      proxy.close();
    }
  });
}

// The admin panel may be at another path; the transfer is at /admin all the same.
async function checkAddresses(server, at) {
  await check(`${at}: an address that is not the right one ends with ${exit.connection} and the right one`, async () => {
    const { origin } = new URL(server.url);
    for (const path of ['', '/dashboard']) {
      const result = await pullFrom(origin + path, server.tokens.pull, ['-q']);
      assertFailedCleanly(result, exit.connection);
      assert.ok(result.stderr.includes(`try ${origin}/admin`), `${path}: ${result.stderr}`);
    }
    assertExit(await pullFrom(`${origin}/admin/transfer/runner/push`, server.tokens.pull, ['-q']), exit.done);
  });
}

// Its connection lives: what it answers pings with is the gate's. Each message waits, and comes to
// the server as often as it was repeated.
async function checkLateAnswers(lab, server, at) {
  await check(`${at}: what a silent server is waited for with is told, and repeats do no harm`, async () => {
    const stages = [({ command }) => command === 'init', ({ step, action }) => step === 'entities' && action === 'start'];
    for (const isThere of stages) {
      const gate = await openMessageGate(lab.dir, server.port, isThere, 'pull');
      const release = (child) => child.stderr.on('data', (chunk) => /waiting/.test(chunk) && gate.release());
      try {
        const result = await pullFrom(gate.url, server.tokens.pull, ['--retry-timeout', '500ms', '--ping-interval', '1'], { onStart: release });
        assertExit(result, exit.done);
      } finally {
        gate.close();
      }
    }
  });
}

export async function checkConnections(lab, server, at) {
  await checkProxy(server, at);
  await checkAddresses(server, at);
  await checkLateAnswers(lab, server, at);
}

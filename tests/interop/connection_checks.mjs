// Ways to a real server that are not straight: a proxy, an address that is not the right one, and a
// server that answers late.

import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { openMessageGate } from './message_gate.mjs';
import { assertExit, assertFailedCleanly, check, exit, verifiedDigest, wsferry } from './tool.mjs';

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

// What every check of the doctor has found, by its name.
async function examine(url, token, expected) {
  const result = await wsferry(['doctor', url, '--json'], { token });
  assertExit(result, expected);
  const { checks, exitCode } = JSON.parse(result.stdout);
  assert.equal(exitCode, expected);
  return Object.fromEntries(checks.map((one) => [one.check, one]));
}

async function checkDoctor(server, at) {
  const digest = async () => {
    const result = await pullFrom(server.url, server.tokens.pull, ['-q']);
    assertExit(result, exit.done);
    return verifiedDigest(path.join(result.cwd, 'x.tar'));
  };
  await check(`${at}: the doctor knows a token's scopes, and changes nothing`, async () => {
    const before = await digest();
    const byPull = await examine(server.url, server.tokens.pull, exit.done);
    assert.deepEqual([byPull.token.mayPull, byPull.token.mayPush], [true, false]);
    for (const name of ['admin', 'upgrade', 'ping', 'clock', 'version', 'schemas', 'records', 'files', 'disk']) {
      assert.equal(byPull[name].state, 'pass', JSON.stringify(byPull[name]));
    }
    assert.equal(byPull.files.byHttp, true);
    assert.equal(byPull.records.isWhole, true);
    const byPush = await examine(server.url, server.tokens.push, exit.done);
    assert.deepEqual([byPush.token.mayPull, byPush.token.mayPush], [false, true]);
    assert.equal(await digest(), before);
  });
  await check(`${at}: the doctor tells a wrong token from a wrong address`, async () => {
    const wrongToken = await examine(server.url, 'no-token-of-this-server', exit.authentication);
    assert.deepEqual([wrongToken.admin.state, wrongToken.token.state], ['pass', 'fail']);
    const wrongAddress = await examine(`${new URL(server.url).origin}/dashboard`, server.tokens.pull, exit.connection);
    assert.equal(wrongAddress.admin.state, 'fail');
    assert.match(wrongAddress.admin.remedy, /\/admin/);
  });
}

export async function checkConnections(lab, server, at) {
  await checkDoctor(server, at);
  await checkProxy(server, at);
  await checkAddresses(server, at);
  await checkLateAnswers(lab, server, at);
}

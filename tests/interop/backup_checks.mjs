// What a nightly backup meets: connections that break, archives that grow old.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { assertExit, check, exit, verifiedDigest, work, wsferry } from './tool.mjs';

const lastEvent = (stdout) => JSON.parse(stdout.trim().split('\n').pop());

const pulled = (url, server, ...options) => wsferry(['pull', url, '-o', 'x.tar', '--json', ...options], { token: server.tokens.pull });

const digestOf = (result) => verifiedDigest(path.join(result.cwd, 'x.tar'));

// A TCP proxy that resets its first connections after as many bytes from the server, one after the
// other, and leaves all later ones alone.
async function openBreakingWay(targetPort, bytes) {
  const left = [...bytes];
  const sockets = new Set();
  const server = net.createServer((client) => {
    const upstream = net.connect({ host: '127.0.0.1', port: targetPort });
    const most = left.length ? left.shift() : Infinity;
    let passed = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => [client, upstream].forEach((end) => end.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      passed += chunk.length;
      if (passed > most) {
        client.resetAndDestroy();
      } else {
        client.write(chunk);
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  };
  return { url: `http://127.0.0.1:${server.address().port}/admin`, left, close };
}

async function checkAttempts(server, at) {
  await check(`${at}: a pull whose connection breaks begins again, and makes the same archive`, async () => {
    const whole = await pulled(server.url, server);
    assertExit(whole, exit.done);
    // The first connection of an attempt is the socket. Those for files come when that has sent more.
    for (const files of ['socket', 'http']) {
      const way = await openBreakingWay(server.port, [600, 20_000]);
      try {
        const broken = await pulled(way.url, server, '--files', files, '--retries', '0');
        assertExit(broken, exit.connection);
        const result = await pulled(way.url, server, '--files', files, '--retries', '3');
        assertExit(result, exit.done);
        assert.equal(way.left.length, 0);
        const { attempts, stages, files: had } = lastEvent(result.stdout);
        assert.equal(attempts, 2);
        assert.deepEqual([had?.byHttp, had?.bySocket], files === 'http' ? [stages.assets.count, 0] : [undefined, undefined]);
        assert.equal(await digestOf(result), await digestOf(whole));
      } finally {
        way.close();
      }
    }
  });
  await check(`${at}: files whose connections break are asked for again by HTTP, in the same attempt`, async () => {
    const way = await openBreakingWay(server.port, [Infinity, 5_000, 50_000]);
    try {
      const result = await pulled(way.url, server, '--files', 'http', '--retries', '0');
      assertExit(result, exit.done);
      assert.equal(way.left.length, 0);
      const { stages, files } = lastEvent(result.stdout);
      assert.deepEqual([files.byHttp, files.bySocket], [stages.assets.count, 0]);
      assertExit(await wsferry(['diff', path.join(result.cwd, 'x.tar'), server.url], { token: server.tokens.pull }), exit.done);
    } finally {
      way.close();
    }
  });
  await check(`${at}: a refused token is not tried again`, async () => {
    const result = await wsferry(['pull', server.url, '-o', 'x.tar', '--json', '--retries', '3'], { token: 'no-token-of-this-server' });
    assertExit(result, exit.authentication);
    assert.equal(lastEvent(result.stdout).attempts ?? 1, 1);
  });
}

async function checkSeries(server, at) {
  await check(`${at}: a series keeps what it is told to, and every archive is whole`, async () => {
    const folder = fs.mkdtempSync(path.join(work, 'series-'));
    const night = (day, ...options) => {
      const name = path.join(folder, `{host}-2026110${day}-{date}.tar`);
      return wsferry(['pull', server.url, '-o', name, '-q', ...options], { token: server.tokens.pull });
    };
    // A day has one archive of a name: earlier nights are played by other names in the same form.
    const names = () => fs.readdirSync(folder).filter((name) => name.endsWith('.tar')).sort();
    for (const day of [1, 2]) {
      assertExit(await night(day), exit.done);
    }
    const other = names();
    assert.equal(other.length, 2);
    const name = path.join(folder, '{host}-{date}{time}.tar');
    for (let count = 0; count < 3; count += 1) {
      const began = Math.floor(Date.now() / 1000);
      while (Math.floor(Date.now() / 1000) === began) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assertExit(await wsferry(['pull', server.url, '-o', name, '-q', '--keep-last', '2', '--reuse', 'latest'], { token: server.tokens.pull }), exit.done);
    }
    const kept = names().filter((one) => !other.includes(one));
    assert.equal(kept.length, 2, kept.join(' '));
    assert.deepEqual(names().filter((one) => other.includes(one)), other, 'archives of another series were touched');
    for (const one of kept) {
      assertExit(await wsferry(['verify', path.join(folder, one)]), exit.done);
    }
  });
}

async function checkComparison(server, at) {
  await check(`${at}: files are had both ways and are equal, and the server lives on`, async () => {
    const result = await pulled(server.url, server, '--compare-files', '3');
    assertExit(result, exit.done);
    const { files, stages } = lastEvent(result.stdout);
    assert.deepEqual([files.compared, files.differing, files.byHttp], [3, 0, stages.assets.count]);
    const response = await fetch(`${new URL(server.url).origin}/_health`);
    assert.equal(response.status, 204);
  });
}

// A push has several connections, one after the other: the first ones look, the last one changes.
export async function checkPushAttempts(lab, archive, at) {
  await lab.create('again');
  const server = await lab.start('again');
  await check(`${at}: a push whose connection breaks before anything is changed begins again`, async () => {
    // Each of its connections breaks in turn. Where one breaks that looks at what the archive has
    // none of, the plan says less, and nothing has to begin again.
    let begunAgain = 0;
    let isWhole = false;
    for (let before = 0; before < 12 && !isWhole; before += 1) {
      const way = await openBreakingWay(server.port, [...Array(before).fill(Infinity), 300]);
      try {
        const command = ['push', archive, way.url, '--force', '--json', '--retries', '3'];
        const result = await wsferry(command, { token: server.tokens['full-access'] });
        assertExit(result, exit.done);
        const { attempts } = lastEvent(result.stdout);
        isWhole = way.left.length > 0;
        assert.ok(attempts <= (isWhole ? 1 : 2), `${attempts} attempts`);
        begunAgain += attempts - 1;
      } finally {
        way.close();
      }
    }
    assert.ok(isWhole, 'more connections than expected');
    assert.ok(begunAgain >= 2, `begun again ${begunAgain} times`);
    assertExit(await wsferry(['diff', archive, server.url], { token: server.tokens.pull }), exit.done);
  });
  await lab.stop('again');
}

export async function checkBackups(server, at) {
  await checkAttempts(server, at);
  await checkSeries(server, at);
  await checkComparison(server, at);
}

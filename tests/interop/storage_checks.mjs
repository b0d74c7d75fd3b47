// Servers whose upload files are in a bucket, and servers that are one.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { openGate } from './gate.mjs';
import { installPackages } from './npm_folder.mjs';
import { S3StandIn } from './s3_stand_in.mjs';
import { assertExit, assertFailedCleanly, check, exit, work, wsferry } from './tool.mjs';

const uploads = (server) => fs.readdirSync(path.join(server.dir, 'public', 'uploads')).sort();

function copy(from, to, toToken, ...options) {
  const variables = { STRAPI_TRANSFER_FROM_TOKEN: from.tokens.pull, STRAPI_TRANSFER_TO_TOKEN: toToken };
  return wsferry(['copy', from.url, to.url, '--force', ...options], { variables });
}

// Without the packages of the storage lab.
export async function checkOneServer(server) {
  await check(`Strapi 5: a server behind another address is not copied into itself, ${exit.refused}`, async () => {
    const gate = await openGate(server.port, Infinity);
    try {
      const before = uploads(server);
      const result = await copy(server, { url: gate.url }, server.tokens['full-access']);
      assertExit(result, exit.refused);
      assert.match(result.stderr, /look like one server/);
      assert.deepEqual(uploads(server), before);
    } finally {
      gate.close();
    }
  });
}

class BucketServers {
  constructor(lab, s3, packages) {
    this.lab = lab;
    this.s3 = s3;
    this.packages = packages;
  }

  start(name, variables = {}) {
    const storage = { LAB_S3_ENDPOINT: this.s3.endpoint, LAB_S3_BUCKET: 'shared', NODE_PATH: this.packages };
    return this.lab.startWith({ ...storage, ...variables }, name);
  }
}

async function pushed(server, archive) {
  assertExit(await wsferry(['push', archive, server.url, '--force'], { token: server.tokens['full-access'] }), exit.done);
}

const lastEvent = (stdout) => JSON.parse(stdout.trim().split('\n').pop());

const pulled = (server, ...options) => wsferry(['pull', server.url, '-o', 'x.tar.gz', ...options], { token: server.tokens.pull });

async function checkRoundTrip(server, archive, s3) {
  await check('Strapi 5 on S3: push, pull, verify and diff', async () => {
    await pushed(server, archive);
    assert.ok(s3.objects('shared').length > 10, 'no files in the bucket');
    const result = await pulled(server, '--json');
    assertExit(result, exit.done);
    for (const line of result.stdout.trim().split('\n')) {
      const { stage, bytes, totalBytes } = JSON.parse(line);
      assert.ok(stage !== 'assets' || totalBytes === undefined || totalBytes >= bytes, line);
    }
    const { files, stages } = lastEvent(result.stdout);
    assert.deepEqual([files.byHttp, files.bySocket, stages.assets.count], [s3.objects('shared').length, 0, files.byHttp]);
    const file = path.join(result.cwd, 'x.tar.gz');
    assertExit(await wsferry(['verify', file]), exit.done);
    assertExit(await wsferry(['diff', file, archive]), exit.done);
    assertExit(await wsferry(['diff', archive, server.url], { token: server.tokens.pull }), exit.done);
  });
}

// --force-same: all of them were filled from one archive, and may be alike to the last row id.
async function checkSharedBucket(server, twin, plain, s3) {
  await check(`Strapi 5 on S3: two servers on one bucket are not copied, ${exit.refused}`, async () => {
    const before = s3.objects('shared');
    for (const kind of ['full-access', 'push']) {
      const result = await copy(server, twin, twin.tokens[kind], '--force-same');
      assertExit(result, exit.refused);
      assert.match(result.stderr, /--allow-shared-storage/);
    }
    assert.deepEqual(s3.objects('shared'), before);
    assertExit(await copy(server, twin, twin.tokens['full-access'], '--force-same', '--exclude', 'media-library'), exit.done);
    assert.deepEqual(s3.objects('shared'), before);
  });
  await check('Strapi 5 on S3: a server without files is copied into, and then one with its files elsewhere', async () => {
    for (const words of [/the destination has no files, and deletes none/, /are elsewhere/]) {
      const result = await copy(server, plain, plain.tokens['full-access'], '--force-same');
      assertExit(result, exit.done);
      assert.match(result.stderr, words);
      assert.ok(uploads(plain).length > 10);
    }
  });
}

async function checkFaultyObjects(server, s3) {
  const object = s3.objects('shared').find((name) => name.endsWith('.bin'));
  await check('Strapi 5 on S3: a pull with an object missing fails, and names the file', async () => {
    const putBack = s3.hide('shared', object);
    try {
      const result = await pulled(server);
      assert.ok([exit.remote, exit.data].includes(result.status), `exit ${result.status}`);
      assertFailedCleanly(result, result.status);
      assert.ok(result.stderr.includes(object), result.stderr);
      assert.match(result.stderr, /--exclude files/);
    } finally {
      putBack();
    }
  });
  await check('Strapi 5 on S3: and with one that is forbidden', async () => {
    s3.denied.add(object);
    const result = await pulled(server).finally(() => s3.denied.clear());
    assert.ok([exit.remote, exit.data].includes(result.status), `exit ${result.status}`);
    assertFailedCleanly(result, result.status);
    assert.ok(result.stderr.includes(object), result.stderr);
    assert.match(result.stderr, /--exclude files/);
  });
  await check(`Strapi 5 on S3: a pull that keeps going has all other files, ${exit.data}`, async () => {
    for (const isMissing of [true, false]) {
      const putBack = isMissing ? s3.hide('shared', object) : (s3.denied.add(object), () => s3.denied.clear());
      try {
        const result = await pulled(server, '--keep-going', '--json');
        assertExit(result, exit.data);
        const { lost, files, stages } = lastEvent(result.stdout);
        assert.deepEqual(lost.map(({ kind, count }) => [kind, count]), [['missingFile', 1]]);
        assert.ok(JSON.stringify(lost).includes(object), JSON.stringify(lost));
        assert.deepEqual([files.byHttp, files.bySocket, stages.assets.count], [s3.objects('shared').length - (isMissing ? 0 : 1), 0, files.byHttp]);
        const archive = path.join(result.cwd, 'x.tar.gz');
        assertExit(await wsferry(['verify', archive]), exit.data);
        assertExit(await wsferry(['verify', archive, '--allow-missing-files']), exit.done);
      } finally {
        putBack();
      }
    }
  });
  await check(`Strapi 5 on S3: an object that comes short is no success, ${exit.data}`, async () => {
    s3.cut.add(object);
    const result = await pulled(server).finally(() => s3.cut.clear());
    assertExit(result, exit.data);
    assert.ok((result.stdout + result.stderr).includes(object), result.stdout);
  });
  await check('Strapi 5 on S3: all of it comes when all is well again', async () => {
    assertExit(await pulled(server), exit.done);
  });
}

// Other bytes of the same length, so many bytes fewer, and another type of what may be the same.
const alterations = {
  'other bytes of the same length': {
    change: (bytes, headers) => ({ bytes: Buffer.from(bytes).reverse(), headers }),
    options: ['--compare-files', '1000'],
    told: (object) => `came by HTTP with other bytes (${object}): all files are requested over the socket.`,
  },
  'another size': {
    change: (bytes, headers) => ({ bytes: bytes.subarray(100), headers: { ...headers, 'content-length': bytes.length - 100 } }),
    options: [],
    told: (object) => `requested over the socket, which sends every file again (${object}: another size, `,
  },
  'another type': {
    change: (bytes, headers) => ({ bytes, headers: { ...headers, 'content-type': 'image/webp' } }),
    options: [],
    told: (object) => `requested over the socket, which sends every file again (${object}: another type, image/webp in place of image/png).`,
  },
};

async function checkAlteringCdn(server, archive, s3) {
  const object = s3.objects('shared').find((name) => name.endsWith('.png'));
  for (const [what, { change, options, told }] of Object.entries(alterations)) {
    await check(`Strapi 5 on S3: a CDN that sends ${what} is noticed, and the server's own file comes over the socket`, async () => {
      s3.altered.set(object, change);
      const result = await pulled(server, '--json', ...options).finally(() => s3.altered.clear());
      assertExit(result, exit.done);
      const { files, stages, lost } = lastEvent(result.stdout);
      assert.deepEqual(lost, []);
      const isCompared = options.length > 0;
      assert.deepEqual([files.differing, files.bySocket], isCompared ? [1, stages.assets.count] : [0, 1]);
      assert.equal(files.byHttp + files.bySocket, stages.assets.count);
      assert.ok(result.stdout.includes(told(object)), result.stdout);
      assertExit(await wsferry(['diff', archive, path.join(result.cwd, 'x.tar.gz')]), exit.done);
    });
  }
}

async function checkFailedPush(server, archive, s3) {
  await check('Strapi 5 on S3: a push that fails says that the old files are deleted', async () => {
    const gate = await openGate(server.port, Infinity);
    // The way is cut when the old files are being deleted.
    const before = s3.objects('shared').length;
    let child;
    const ended = wsferry(['push', archive, gate.url, '--force', '--window', '1', '--throttle', '20ms', '--json'], {
      token: server.tokens['full-access'],
      onStart: (started) => (child = started),
    });
    while (s3.objects('shared').length === before && child?.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    gate.close();
    const result = await ended;
    assertExit(result, exit.connection);
    const { destination } = lastEvent(result.stdout);
    assert.equal(destination.files, 'deleted');
    assert.match(result.stderr, /deleted from its remote storage/);
  });
}

async function checkPrivateBucket(servers, name, archive) {
  await servers.lab.stop(name);
  const server = await servers.start(name, { LAB_S3_ACL: 'private', LAB_S3_BUCKET: 'private' });
  servers.s3.signedOnly.add('private');
  await check('Strapi 5 on S3: a private bucket: all files come over the socket, signatures stay out of archives, and two pulls are equal', async () => {
    await pushed(server, archive);
    const plain = () => wsferry(['pull', server.url, '-o', 'x.tar', '--json'], { token: server.tokens.pull });
    const [first, second] = [await plain(), await plain()];
    for (const result of [first, second]) {
      assertExit(result, exit.done);
      const { files, stages } = lastEvent(result.stdout);
      assert.deepEqual([files.byHttp, files.bySocket, stages.assets.count], [0, files.bySocket, servers.s3.objects('private').length]);
      assert.match(result.stdout, /over the socket[^\n]*status 403/);
      assert.ok(!fs.readFileSync(path.join(result.cwd, 'x.tar')).includes('X-Amz-'), 'a signature is in the archive');
      assertExit(await wsferry(['verify', path.join(result.cwd, 'x.tar')]), exit.done);
    }
    assertExit(await wsferry(['diff', path.join(first.cwd, 'x.tar'), path.join(second.cwd, 'x.tar')]), exit.done);
    assertExit(await wsferry(['diff', archive, server.url], { token: server.tokens.pull }), exit.done);
  });
}

// `folder` gets the packages.
export async function checkStorage5(lab, archive, folder) {
  const require = await installPackages(new URL('./storage-lab/', import.meta.url), folder);
  const s3 = await S3StandIn.start(require('s3rver'), path.join(work, 's3'), ['shared', 'private']);
  try {
    const servers = new BucketServers(lab, s3, path.join(path.resolve(folder), 'node_modules'));
    await lab.create('plain');
    const server = await servers.start('bucket');
    await checkRoundTrip(server, archive, s3);
    const twin = await servers.start('bucket-twin');
    await pushed(twin, archive);
    await checkSharedBucket(server, twin, await lab.start('plain'), s3);
    await lab.stop('plain');
    await checkAlteringCdn(server, archive, s3);
    await checkFaultyObjects(server, s3);
    await checkFailedPush(twin, archive, s3);
    await lab.stop('bucket-twin');
    await checkPrivateBucket(servers, 'bucket', archive);
  } finally {
    await s3.stop();
  }
}

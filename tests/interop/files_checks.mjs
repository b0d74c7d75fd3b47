// Files of a real server by HTTP: what comes, and in what way.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { assertExit, check, exit, verifiedDigest, work, wsferry } from './tool.mjs';

const lastEvent = (stdout) => JSON.parse(stdout.trim().split('\n').pop());

const pulled = (server, ...options) => wsferry(['pull', server.url, '-o', 'x.tar', '--json', ...options], { token: server.tokens.pull });

export async function checkFilesByHttp(lab, server, at) {
  await check(`${at}: files by HTTP make the archive that files over the socket make`, async () => {
    const [byHttp, bySocket] = [await pulled(server), await pulled(server, '--files', 'socket')];
    for (const result of [byHttp, bySocket]) {
      assertExit(result, exit.done);
    }
    const { files, stages } = lastEvent(byHttp.stdout);
    assert.deepEqual([files.byHttp, files.bySocket], [stages.assets.count, 0]);
    assert.equal(lastEvent(bySocket.stdout).files, undefined);
    const [first, second] = [byHttp, bySocket].map((result) => path.join(result.cwd, 'x.tar'));
    assert.equal(await verifiedDigest(first), await verifiedDigest(second));
    assertExit(await wsferry(['diff', first, second]), exit.done);
    assertExit(await wsferry(['diff', first, server.url], { token: server.tokens.pull }), exit.done);
  });

  await check(`${at}: a file that was cut in the server's folder is not taken for its record's`, async () => {
    const uploads = path.join(lab.directory('src'), 'public', 'uploads');
    const name = fs.readdirSync(uploads).find((file) => file.endsWith('.png') && !file.includes('_thumbnail') && !file.startsWith('thumbnail'));
    const whole = fs.readFileSync(path.join(uploads, name));
    fs.writeFileSync(path.join(uploads, name), whole.subarray(0, 100));
    try {
      const result = await pulled(server);
      assertExit(result, exit.data);
      const { files, lost } = lastEvent(result.stdout);
      assert.equal(files.bySocket, 1);
      assert.deepEqual(lost.map(({ kind, count }) => [kind, count]), [['shortFile', 1]]);
      assert.match(result.stdout, /another size/);
    } finally {
      fs.writeFileSync(path.join(uploads, name), whole);
    }
  });

  await check(`${at}: only what changed is fetched, and strapi import takes the archive`, async () => {
    const first = await pulled(server);
    assertExit(first, exit.done);
    const earlier = path.join(first.cwd, 'x.tar');
    const unchanged = await pulled(server, '--reuse', earlier);
    assertExit(unchanged, exit.done);
    const { files, stages } = lastEvent(unchanged.stdout);
    assert.deepEqual([files.reused, files.byHttp, files.bySocket], [stages.assets.count, 0, 0]);
    assert.equal(await verifiedDigest(path.join(unchanged.cwd, 'x.tar')), await verifiedDigest(earlier));

    // Other checks have just written some of them anew.
    const folder = path.join(lab.directory('src'), 'public', 'uploads');
    const hourAgo = new Date(Date.now() - 3_600_000);
    for (const name of fs.readdirSync(folder)) {
      fs.utimesSync(path.join(folder, name), hourAgo, hourAgo);
    }
    const checked = await pulled(server, '--reuse', earlier, '--check-reused');
    assertExit(checked, exit.done);
    assert.equal(lastEvent(checked.stdout).files.reused, stages.assets.count);

    // As when somebody replaces a file: other bytes, and updatedAt. Name, hash and size stay.
    const [row] = lab.query('src', "select id, hash, ext from files where formats is null and size > 0 order by id limit 1");
    const file = path.join(lab.directory('src'), 'public', 'uploads', row.hash + row.ext);
    const bytes = fs.readFileSync(file);
    fs.writeFileSync(file, Buffer.from(bytes).reverse());
    const untold = await pulled(server, '--reuse', earlier, '--check-reused');
    assert.equal(lastEvent(untold.stdout).files.reused, stages.assets.count - 1);
    assert.match(untold.stdout, /changed in the server's storage/);
    lab.change('src', 'update files set updated_at = updated_at + 1 where id = ?', row.id);
    try {
      const changed = await pulled(server, '--reuse', earlier);
      assertExit(changed, exit.done);
      const { files: now } = lastEvent(changed.stdout);
      assert.deepEqual([now.reused, now.byHttp], [stages.assets.count - 1, 1]);
      const archive = path.join(changed.cwd, 'x.tar');
      assertExit(await wsferry(['diff', archive, server.url], { token: server.tokens.pull }), exit.done);
      await lab.create('from-reuse');
      await lab.import('from-reuse', archive);
      const comparison = await lab.compare('src', 'from-reuse');
      assert.ok(comparison.same, comparison.text);
    } finally {
      fs.writeFileSync(file, bytes);
      lab.change('src', 'update files set updated_at = updated_at - 1 where id = ?', row.id);
    }
  });

  await check(`${at}: an archive of Strapi's own client is reused, and keeps no checksums`, async () => {
    const file = path.join(fs.mkdtempSync(path.join(work, 'official-')), 'official.tar.gz');
    await lab.officialPull(server.url, file, server.tokens.pull);
    const { filesWithChecksum } = JSON.parse((await wsferry(['verify', '--json', file])).stdout);
    assert.equal(filesWithChecksum, 0);
    const result = await pulled(server, '--reuse', file);
    assertExit(result, exit.done);
    const { files, stages } = lastEvent(result.stdout);
    assert.deepEqual([files.reused, files.byHttp, files.bySocket], [stages.assets.count, 0, 0]);
  });
}

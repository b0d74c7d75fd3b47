// Pulls from real servers.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { digests, everyFile, readExport } from './export_contents.mjs';
import { openGate } from './gate.mjs';
import { archiveKey, assertExit, assertFailedCleanly, check, exit, planted, pull, serve, verifiedDigest, work, wsferry } from './tool.mjs';

// --- what both majors do ------------------------------------------------------

export async function checkFullPull(lab, server, at) {
  let contents;
  await check(`${at}: pull and the official import give an equal server`, async () => {
    const file = await pull(server, 'full.tar.gz');
    contents = readExport(file);
    await lab.create('copy');
    assert.equal((await lab.compare('src', 'copy')).same, false, 'an empty server counts as equal');
    await lab.import('copy', file);
    const comparison = await lab.compare('src', 'copy');
    assert.ok(comparison.same, comparison.text);
    assertExit(await wsferry(['verify', file]), exit.done);
    assertExit(await wsferry(['inspect', file]), exit.done);
  });
  if (!contents) {
    throw new Error(`${at}: without a full pull the other checks have nothing to compare with`);
  }
  await check(`${at}: no administrator, no token, no admin type in the archive`, async () => {
    assert.ok(contents.entities.length > 100 && contents.links.length > 100 && Object.keys(contents.assets).length > 10);
    for (const { path: file, bytes } of everyFile(contents.dir)) {
      for (const secret of [planted.email, planted.password, ...Object.values(server.tokens)]) {
        assert.ok(!bytes.includes(secret), `${file} holds ${secret}`);
      }
    }
    for (const line of contents.entities) {
      assert.ok(!JSON.parse(line).type.startsWith('admin::'), line);
    }
    for (const line of contents.links) {
      const { left, right } = JSON.parse(line);
      assert.ok(!left.type.startsWith('admin::') && !right.type.startsWith('admin::'), line);
    }
  });
  return contents;
}

export async function checkEncrypted(lab, server, contents, at) {
  await check(`${at}: an encrypted archive is imported with its key`, async () => {
    const file = await pull(server, 'full.tar.gz.enc', '--encrypt', '--key', archiveKey);
    assert.deepEqual(digests(readExport(file, archiveKey)), digests(contents));
    await lab.create('copy-encrypted');
    await lab.import('copy-encrypted', file, '--key', archiveKey);
    const comparison = await lab.compare('src', 'copy-encrypted');
    assert.ok(comparison.same, comparison.text);
    assertExit(await wsferry(['verify', file, '--key', archiveKey]), exit.done);
    assert.notEqual((await wsferry(['verify', file, '--key', 'wrong'])).status, exit.done);
  });
}

export async function checkRefusals(lab, server, at) {
  const refused = async (token) => wsferry(['pull', server.url, '-o', 'x.tar.gz', '--verbose'], { token });
  await check(`${at}: a wrong token ends with ${exit.authentication}`, async () => {
    assertFailedCleanly(await refused('not-a-token-of-this-server'), exit.authentication);
  });
  await check(`${at}: a push-only token ends with ${exit.authentication}`, async () => {
    assertFailedCleanly(await refused(server.tokens.push), exit.authentication);
  });
}

// --- Strapi 5 -------------------------------------------------------------------

export async function checkFormats(lab, server, contents) {
  await check('Strapi 5: a directory is imported and equals the tar', async () => {
    const folder = await pull(server, 'full', '--format', 'dir');
    assert.deepEqual(digests(readExport(folder)), digests(contents));
    await lab.create('copy-directory');
    await lab.import('copy-directory', folder);
    const comparison = await lab.compare('src', 'copy-directory');
    assert.ok(comparison.same, comparison.text);
  });
  await check('Strapi 5: an uncompressed archive on standard output equals the file', async () => {
    const result = await wsferry(['pull', server.url, '-o', '-', '--no-compress'], { token: server.tokens.pull, keepBytes: true });
    assertExit(result, exit.done);
    const file = path.join(result.cwd, 'stdout.tar');
    fs.writeFileSync(file, result.bytes);
    assert.deepEqual(digests(readExport(file)), digests(contents));
  });
}

export async function checkSelections(server, contents) {
  const all = digests(contents);
  const stagesOf = { content: ['entities', 'links'], files: ['assets'], config: ['configuration'] };
  for (const [group, stages] of Object.entries(stagesOf)) {
    await check(`Strapi 5: --only ${group} takes ${stages.join(' and ')} and nothing else`, async () => {
      const part = digests(readExport(await pull(server, 'part.tar.gz', '--only', group)));
      for (const stage of ['entities', 'links', 'assets', 'configuration']) {
        if (stages.includes(stage)) {
          assert.equal(part[stage], all[stage], stage);
        } else {
          assert.match(part[stage], /^0 /, stage);
        }
      }
    });
  }
}

export async function checkSwitchedOff(lab) {
  await check(`Strapi 5: transfer switched off ends with ${exit.connection}`, async () => {
    const off = await lab.start('off', '--no-transfer');
    assertFailedCleanly(await wsferry(['pull', off.url, '-o', 'x.tar.gz'], { token: off.tokens.pull }), exit.connection);
    await lab.stop('off');
  });
}

export async function checkExistingFile(server) {
  await check(`Strapi 5: an existing file is kept, ${exit.refused}`, async () => {
    const existing = path.join(work, 'existing.tar.gz');
    fs.writeFileSync(existing, 'mine');
    assertExit(await wsferry(['pull', server.url, '-o', existing], { token: server.tokens.pull }), exit.refused);
    assert.equal(fs.readFileSync(existing, 'utf8'), 'mine');
  });
}

// Pulls through a gate that stops in the middle, where `strike` does its harm.
async function pullStruck(server, strike, ...options) {
  const gate = await openGate(server.port, 400_000);
  let child;
  const ended = wsferry(['pull', gate.url, '-o', 'x.tar.gz', '--files', 'socket', ...options], { token: server.tokens.pull, onStart: (started) => (child = started) });
  const first = await Promise.race([gate.reached.then(() => 'middle'), ended.then(() => 'end')]);
  try {
    assert.equal(first, 'middle', `the pull ended before its middle:\n${(await Promise.race([ended, { stderr: '' }])).stderr}`);
    await strike(child);
    gate.release();
    return await ended;
  } finally {
    gate.close();
    await ended;
  }
}

export async function checkFaults(server) {
  await check(`Strapi 5: an interrupt ends with ${exit.interrupted} and leaves nothing`, async () => {
    assertFailedCleanly(await pullStruck(server, (child) => child.kill('SIGINT')), exit.interrupted);
  });
  await check(`Strapi 5: a server that is frozen is noticed, ${exit.connection}`, async () => {
    const began = Date.now();
    const result = await pullStruck(server, () => process.kill(server.pid, 'SIGSTOP'), '--ping-interval', '1').finally(() => process.kill(server.pid, 'SIGCONT'));
    assertFailedCleanly(result, exit.connection);
    assert.ok(Date.now() - began < 60_000, 'it took over a minute');
  });
  await check(`Strapi 5: a server that is killed ends with ${exit.connection}`, async () => {
    assertFailedCleanly(await pullStruck(server, () => process.kill(server.pid, 'SIGKILL')), exit.connection);
  });
}

export async function checkServe(lab, contents, archive) {
  await check("Strapi 5: Strapi's own client pulls the same from `wsferry serve`", async () => {
    const server = await serve(archive);
    try {
      const file = path.join(work, 'official.tar.gz');
      const result = await lab.officialPull(server.url, file, server.token);
      assert.ok(result.ok, JSON.stringify(result));
      assert.deepEqual(digests(readExport(file)), digests(contents));
      assert.equal(await verifiedDigest(file), await verifiedDigest(archive));
    } finally {
      server.stop();
    }
  });
}

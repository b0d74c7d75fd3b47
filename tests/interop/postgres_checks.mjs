// A server on PostgreSQL.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { endAtExit } from './lab.mjs';
import { installPackages } from './npm_folder.mjs';
import { assertExit, check, exit, wsferry } from './tool.mjs';

function binaries() {
  const root = '/usr/lib/postgresql';
  const versions = fs.existsSync(root) ? fs.readdirSync(root).sort((a, b) => b - a) : [];
  assert.ok(versions.length, `no PostgreSQL in ${root}: install the package postgresql`);
  return path.join(root, versions[0], 'bin');
}

// PostgreSQL does not run as root.
const account = () => {
  if (process.getuid() !== 0) {
    return {};
  }
  const number = (flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: number('-u'), gid: number('-g') };
};

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// A database server of its own, whose data are gone at its end.
class Postgres {
  static async start() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wsferry-postgres-'));
    const as = account();
    if (as.uid !== undefined) {
      fs.chownSync(folder, as.uid, as.gid);
    }
    const postgres = new Postgres(folder, await freePort(), as);
    postgres.forget = endAtExit(() => postgres.endAtOnce());
    postgres.call('initdb', '-D', postgres.data, '-U', 'lab', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync');
    const settings = [`port=${postgres.port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'];
    postgres.child = spawn(path.join(binaries(), 'postgres'), ['-D', postgres.data, ...settings.flatMap((setting) => ['-c', setting])], { ...as, stdio: 'ignore', cwd: folder });
    postgres.ended = new Promise((resolve) => postgres.child.on('exit', resolve));
    for (let i = 0; spawnSync(path.join(binaries(), 'pg_isready'), ['-h', folder, '-p', String(postgres.port)]).status !== 0; i += 1) {
      assert.ok(i < 300 && postgres.child.exitCode === null, 'PostgreSQL does not start');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    postgres.call('createdb', '-h', folder, '-p', String(postgres.port), '-U', 'lab', 'lab');
    return postgres;
  }

  constructor(folder, port, as) {
    this.folder = folder;
    this.data = path.join(folder, 'data');
    this.port = port;
    this.as = as;
  }

  call(program, ...args) {
    const result = spawnSync(path.join(binaries(), program), args, { ...this.as, cwd: this.folder, encoding: 'utf8' });
    assert.equal(result.status, 0, `${program}: ${result.stderr}${result.error ?? ''}`);
  }

  async stop() {
    this.child.kill('SIGINT');
    await this.ended;
    fs.rmSync(this.folder, { recursive: true, force: true });
    this.forget();
  }

  // It does not run yet, perhaps, and needs a moment to end.
  endAtOnce() {
    this.child?.kill('SIGQUIT');
    fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
  }
}

// Two decimal places are what PostgreSQL keeps of a `decimal`: what SQLite had more of is the only
// difference there may be.
async function assertEqualButForDecimals(first, second, token) {
  const result = await wsferry(['diff', first, second, '--json'], { token });
  assertExit(result, exit.different);
  const { entities, links, assets, configuration, schemaDifferences } = JSON.parse(result.stdout);
  assert.deepEqual(schemaDifferences, []);
  const groups = [...Object.values(entities), ...Object.values(links), ...Object.values(configuration), assets];
  for (const { removed, added, changed, changes } of groups) {
    assert.deepEqual([removed, added, changed], [0, 0, changes.length], 'records are missing, new, or not all listed');
    for (const { path: attribute, first: before, second: after } of changes.flatMap((change) => change.attributes)) {
      assert.ok(Math.abs(Number(before) - Number(after)) < 0.01, `${attribute}: ${before} -> ${after}`);
    }
  }
}

// `source` is on SQLite and has the archive's content; `folder` gets the packages.
export async function checkPostgres5(lab, source, archive, folder) {
  await installPackages(new URL('./storage-lab/', import.meta.url), folder);
  const postgres = await Postgres.start();
  try {
    const variables = { LAB_POSTGRES_PORT: String(postgres.port), NODE_PATH: path.join(path.resolve(folder), 'node_modules') };
    const server = await lab.startWith(variables, 'postgres');
    const token = server.tokens['full-access'];
    const tokens = { STRAPI_TRANSFER_FROM_TOKEN: source.tokens.pull, STRAPI_TRANSFER_TO_TOKEN: token };
    let pulled;
    await check('Strapi 5 on PostgreSQL: a push, and only decimals differ', async () => {
      assertExit(await wsferry(['push', archive, server.url, '--force'], { token }), exit.done);
      await assertEqualButForDecimals(archive, server.url, token);
    });
    await check('Strapi 5 on PostgreSQL: a pull is whole and equals the server', async () => {
      const result = await wsferry(['pull', server.url, '-o', 'x.tar.gz'], { token });
      assertExit(result, exit.done);
      pulled = path.join(result.cwd, 'x.tar.gz');
      assertExit(await wsferry(['verify', pulled]), exit.done);
      assertExit(await wsferry(['diff', pulled, server.url], { token }), exit.done);
    });
    await check('Strapi 5 on PostgreSQL: a copy from SQLite gives the same as the push', async () => {
      assertExit(await wsferry(['push', pulled, server.url, '--force', '--only-content-types', 'api::tag.*', '--only', 'content'], { token }), exit.done);
      assertExit(await wsferry(['copy', source.url, server.url, '--force'], { variables: tokens }), exit.done);
      assertExit(await wsferry(['diff', pulled, server.url], { token }), exit.done);
    });
    await lab.stop('postgres');
  } finally {
    await postgres.stop();
  }
}

// Pulls that are killed at any moment of a whole run, and the runs after them.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { openMessageGate } from './message_gate.mjs';
import { assertExit, check, exit, serve, work, wsferry } from './tool.mjs';

// The kills of a run follow from it. WSFERRY_KILL_SEED has those of an earlier run again.
const seed = Number(process.env.WSFERRY_KILL_SEED || Date.now() % 1_000_000);

// Mulberry32: numbers from 0 to below 1.
function randomNumbers(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// What is killed in each round: moments of a whole run in random order, one in each of as many equal
// parts of it, so that no part is left out. Each second one is in the last third, which is short and
// has the most to lose: the archive is completed, gets its name, and older ones are removed. In each
// fifth round another run is killed after the first.
function roundsOf(count, random) {
  const moments = Array.from({ length: count }, (_, part) => (part + random()) / count);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [moments[last], moments[other]] = [moments[other], moments[last]];
  }
  const placed = moments.map((moment, round) => (round % 2 === 1 ? (2 + moment) / 3 : moment));
  return placed.map((moment, round) => (round % 5 === 4 ? [moment, random()] : [moment]));
}

const lastEvent = (stdout) => JSON.parse(stdout.trim().split('\n').pop());

const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');

const isWhole = async (archive) => (await wsferry(['verify', archive])).status === exit.done;
const areEqual = async (first, second) => (await wsferry(['diff', first, second])).status === exit.done;

// Every name in a folder, hidden ones too.
const names = (folder) => fs.readdirSync(folder).sort();
const archives = (folder) => names(folder).filter((name) => !name.startsWith('.'));

async function nextSecond() {
  const began = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) === began) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// Where a pull goes: what is there before, which archives there may be after a kill, which tells whether
// the new one is there, and what there has to be in the end. `samples` has what undisturbed pulls make.
class NewTarget {
  constructor(ending, samples) {
    this.ending = ending;
    this.samples = samples;
    this.name = `x${ending}`;
    this.options = [];
  }

  prepare() {}

  async requireUntorn(folder) {
    const target = path.join(folder, this.name);
    const isThere = fs.existsSync(target);
    assert.ok(!isThere || (await areEqual(this.samples.whole, target)), 'the target is torn');
    return isThere;
  }

  // An archive that was done when the kill came is not replaced.
  isRefused(folder) {
    return fs.existsSync(path.join(folder, this.name));
  }

  async requireEqual(folder) {
    assert.deepEqual(names(folder), [this.name], 'something was left behind');
    assert.ok(await areEqual(this.samples.whole, path.join(folder, this.name)), 'not what an undisturbed pull makes');
  }
}

class ReplacedTarget extends NewTarget {
  constructor(ending, samples) {
    super(ending, samples);
    this.options = ['--force'];
  }

  prepare(folder) {
    fs.cpSync(this.samples.older, path.join(folder, this.name), { recursive: true });
  }

  async requireUntorn(folder) {
    const target = path.join(folder, this.name);
    const isThere = await areEqual(this.samples.whole, target);
    assert.ok(isThere || (await areEqual(this.samples.older, target)), 'the target is torn');
    return isThere;
  }

  isRefused() {
    return false;
  }
}

class Series extends NewTarget {
  constructor(ending, samples) {
    super(ending, samples);
    this.name = `x-{date}{time}${ending}`;
    this.options = ['--keep-last', '2'];
    this.earlier = [1, 2, 3].map((second) => `x-${yesterday}12000${second}${ending}`);
  }

  prepare(folder) {
    for (const name of this.earlier) {
      fs.cpSync(this.samples.whole, path.join(folder, name), { recursive: true });
    }
  }

  async requireUntorn(folder) {
    assert.ok(archives(folder).length >= 2, 'fewer archives than are to be kept');
    for (const name of archives(folder)) {
      assert.ok(await isWhole(path.join(folder, name)), `${name} is torn`);
    }
    return archives(folder).some((name) => !this.earlier.includes(name));
  }

  isRefused() {
    return false;
  }

  // The mark of an archive whose run was killed at its very end may stay. It is not one of the two.
  async requireEqual(folder) {
    const all = archives(folder);
    const marked = all.filter((name) => names(folder).includes(`.${name}.incomplete`));
    assert.deepEqual(names(folder), [...all, ...marked.map((name) => `.${name}.incomplete`)].sort(), 'something was left behind');
    assert.equal(all.length - marked.length, 2, 'not as many archives as are to be kept');
    assert.ok(!marked.includes(all.at(-1)) && !this.earlier.includes(all.at(-1)), 'no new archive');
    for (const name of all) {
      assert.ok(await areEqual(this.samples.whole, path.join(folder, name)), `${name} is not what an undisturbed pull makes`);
    }
  }
}

const endings = ['.tar', '.tar.gz', ''];
const formatOf = (ending) => (ending === '' ? ['--format', 'dir'] : []);

// The files of an archive that is a folder, by plain HTTP: the tool serves them over the socket only.
async function serveFiles(folder) {
  const server = http.createServer(({ url }, response) => {
    const file = path.join(folder, 'assets', 'uploads', path.basename(decodeURIComponent(url)));
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': fs.statSync(file).size });
    pipeline(fs.createReadStream(file), response, () => {});  // The client may be killed.
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

// Pulls from one server, which `revive` starts again where it did not outlive its client. Its files are
// below `server.filesUrl`.
class Killing {
  static async of(server, revive = async () => {}) {
    const killing = new Killing(server, revive);
    for (const ending of endings) {
      const samples = { whole: path.join(killing.folder, `whole${ending}`), older: path.join(killing.folder, `older${ending}`) };
      assertExit(await killing.pull(samples.whole, formatOf(ending)), exit.done);
      assertExit(await wsferry(['convert', samples.whole, samples.older, ...formatOf(ending), '--only', 'content']), exit.done);
      for (const Target of [NewTarget, ReplacedTarget, Series]) {
        killing.targets.push(new Target(ending, samples));
      }
    }
    return killing;
  }

  constructor(server, revive) {
    this.server = server;
    this.revive = revive;
    this.folder = fs.mkdtempSync(path.join(work, 'killed-'));
    this.targets = [];
    this.kills = 0;
    this.lateKills = 0;
    this.reused = 0;
  }

  pull(output, options, runOptions = {}, url = this.server.url) {
    return wsferry(['pull', url, '-o', output, '--json', '--files-url', this.server.filesUrl, ...options], { token: this.server.tokens.pull, ...runOptions });
  }

  pullInto(target, folder, runOptions, url) {
    return this.pull(path.join(folder, target.name), [...formatOf(target.ending), ...target.options], runOptions, url);
  }

  async prepare(target) {
    const folder = fs.mkdtempSync(path.join(this.folder, 'target-'));
    target.prepare(folder);
    return folder;
  }

  // How long runs of a target take that nobody disturbs: the middle one of the last three.
  async measure(target) {
    const folder = await this.prepare(target);
    const began = performance.now();
    assertExit(await this.pullInto(target, folder), exit.done);
    this.took(target, performance.now() - began);
    await target.requireEqual(folder);
  }

  took(target, milliseconds) {
    target.times = [...(target.times ?? []), milliseconds].slice(-3);
    target.usual = [...target.times].sort((a, b) => a - b)[Math.floor(target.times.length / 2)];
  }

  async kill(target, folder, moment) {
    const onStart = (child) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), moment * target.usual);
      child.on('exit', () => clearTimeout(timer));
    };
    const result = await this.pullInto(target, folder, { onStart });
    await this.struck(target, folder, result);
  }

  async struck(target, folder, result) {
    const { signal, status } = result;
    assert.ok(signal === 'SIGKILL' || [exit.done, exit.refused].includes(status), `exit ${status ?? signal}: ${result.stderr}`);
    await this.revive();
    const isThere = await target.requireUntorn(folder);
    this.kills += signal === 'SIGKILL' ? 1 : 0;
    this.lateKills += signal === 'SIGKILL' && isThere ? 1 : 0;
  }

  // The run after the kills.
  async resume(target, folder) {
    const isRefused = target.isRefused(folder);
    const began = performance.now();
    let result = await this.pullInto(target, folder);
    if (result.status === exit.refused && target instanceof Series) {
      await nextSecond();
      result = await this.pullInto(target, folder);
    }
    assertExit(result, isRefused ? exit.refused : exit.done);
    if (!isRefused) {
      this.took(target, performance.now() - began);
    }
    await target.requireEqual(folder);
    fs.rmSync(folder, { recursive: true });
    return lastEvent(result.stdout);
  }

  // So many kills at moments of a whole run, of several runs at a time. A run may end before its kill:
  // then there are more rounds, but not more than twice as many.
  async atRandom(count, lanes) {
    for (const target of this.targets) {
      await this.measure(target);
    }
    const random = randomNumbers(seed);
    const rounds = [...[...roundsOf(count, random), ...roundsOf(count, random)].entries()];
    const wanted = this.kills + count;
    const lane = async () => {
      while (rounds.length > 0 && this.kills < wanted) {
        await this.round(...rounds.shift()).catch((error) => {
          rounds.length = 0;
          throw error;
        });
      }
    };
    // All of them end before what they pull from does.
    const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
    const failed = ends.find(({ status }) => status === 'rejected');
    if (failed) {
      throw failed.reason;
    }
  }

  async round(number, moments) {
    const target = this.targets[number % this.targets.length];
    const folder = await this.prepare(target);
    try {
      for (const moment of moments) {
        await this.kill(target, folder, moment);
      }
      const { files } = await this.resume(target, folder);
      this.reused += files?.reused ?? 0;
    } catch (error) {
      const where = `seed ${seed}, round ${number}, ${target.name} ${target.options.join(' ')}, killed at ${moments} of ${target.usual} ms`;
      error.message = `${where}, where there are ${names(folder).join(' ')}: ${error.message}`;
      throw error;
    }
  }

  // A kill when all files have come, and the end of the transfer has not.
  async behindItsFiles(labDir, target) {
    const gate = await openMessageGate(labDir, this.server.port, ({ step, action }) => step === 'configuration' && action === 'end', 'pull');
    const folder = await this.prepare(target);
    let child;
    const onStart = (started) => {
      child = started;
      let printed = '';
      child.stdout.on('data', (chunk) => {
        printed += chunk;
        if (/"stage":"assets","state":"finished"/.test(printed)) {
          child.kill('SIGKILL');
        }
      });
    };
    try {
      const result = await this.pullInto(target, folder, { onStart }, gate.url);
      assert.equal(result.signal, 'SIGKILL', result.stderr);
      await this.struck(target, folder, result);
    } finally {
      gate.close();
    }
    const { files, stages } = await this.resume(target, folder);
    assert.deepEqual([files.reused + files.byHttp, files.bySocket], [stages.assets.count, 0]);
    assert.notEqual(files.reused, 0, 'nothing was taken');
    this.reused += files.reused;
  }
}

async function checkKillsOf(lab, killing, targets, count, lanes, at) {
  await check(`${at}: a pull that is killed when its files have come: the next one takes files of it`, async () => {
    for (const target of targets) {
      await killing.behindItsFiles(lab.dir, target);
    }
  });
  await check(`${at}: ${count} kills at random moments of a whole run, seed ${seed}: the next run ends as one that nobody disturbs`, async () => {
    const { kills, lateKills, reused } = killing;
    await killing.atRandom(count, lanes);
    const since = { kills: killing.kills - kills, lateKills: killing.lateKills - lateKills, reused: killing.reused - reused };
    console.log(`        ${since.kills} were in time, ${since.lateKills} of them after the archive had its name; ${since.reused} files were taken from what they left`);
    assert.ok(2 * since.kills >= count, 'most kills came too late');
    assert.notEqual(killing.reused, 0, 'nothing was taken from what killed runs left');
  });
}

// Checksums follow each 64 files. What is behind the last of them is fetched again.
const manyFiles = ['--seed', 'small', '--files', '100', '--images', '4', '--bytes', '3000000'];

// A Strapi 4 may end when a client is killed in the middle of a step.
const startedAgain = (lab, server) => async () => {
  const isThere = await fetch(`${new URL(server.url).origin}/_health`).then(() => true, () => false);
  if (!isThere) {
    await lab.stop('killed');
    Object.assign(server, withFiles(await lab.start('killed')));
  }
};

const withFiles = (server) => ({ ...server, filesUrl: `${new URL(server.url).origin}/` });

async function checkServedKills(lab, { whole }, folder, count, at) {
  const [server, files] = [await serve(whole), await serveFiles(folder)];
  try {
    const { url, token } = server;
    const killing = await Killing.of({ url, port: new URL(url).port, tokens: { pull: token }, filesUrl: files.url });
    await checkKillsOf(lab, killing, killing.targets, count, 4, `${at}, served by the tool`);
  } finally {
    files.close();
    server.stop();
  }
}

// Of a server with more files than the others. Its archive is served by the tool as well, which is
// faster, where `served` is the number of kills there.
export async function checkKills(lab, at, served = 0) {
  await lab.create('killed', ...manyFiles);
  const server = withFiles(await lab.start('killed'));
  const killing = await Killing.of(server, startedAgain(lab, server));
  await checkKillsOf(lab, killing, killing.targets.filter((target) => target.constructor === NewTarget), 10, 1, at);
  await lab.stop('killed');
  if (served > 0) {
    const [{ samples }, folder] = [killing.targets[0], killing.targets.find(({ ending }) => ending === '').samples.whole];
    await checkServedKills(lab, samples, folder, served, at);
  }
}

// Streams of wsferry beside the same jobs on the npm package `ws`, in turns, against the same server.
//
//   node run.mjs BUILD [--streams 1000,10000] [--storms 1000] [--megabytes 200] [--runs 5] [--seconds 60]
//
// BUILD is a Release build with WSFERRY_BUILD_BENCHMARKS and the tool. Needs `npm ci` in this folder and
// `ulimit -n` above the number of streams.

import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: 'string', default: '1000,10000' },
    storms: { type: 'string', default: '1000' },
    megabytes: { type: 'string', default: '200' },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
  },
});
if (positionals.length !== 1) {
  console.error('usage: node run.mjs BUILD [--streams 1000,10000] [--storms 1000] [--megabytes 200] [--runs 5] [--seconds 60]');
  process.exit(2);
}
const here = import.meta.dirname;
const build = path.resolve(positionals[0]);
const clients = {
  ours: [path.join(build, 'bench', 'gateway_client_benchmark')],
  ws: [process.execPath, '--expose-gc', path.join(here, 'ws_client.mjs')],
};
const gateway = [path.join(build, 'wsferry'), 'serve', '--gateway', '--port', '0', '--token', 'testing-key'];
const stamping = [process.execPath, path.join(here, 'stamping_server.mjs')];

// Starts a program, and gives what it prints once that matches.
async function started([command, ...args], pattern) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  const printed = (wanted) => new Promise((resolve, reject) => {
    const look = () => {
      const found = text.match(wanted);
      if (found) {
        child.stdout.off('data', look);
        resolve(found[0]);
      }
    };
    child.stdout.on('data', look);
    child.on('exit', () => setImmediate(() => reject(new Error(`it ended: ${command} ${args.join(' ')}`))));
    look();
  });
  child.stdout.on('data', (more) => (text += more));
  return { child, printed, first: await printed(pattern) };
}

const serverUrl = /ws:\/\/\S+(?=\n)/;

// Runs `body` with the URL of a server that runs meanwhile.
async function withServer(server, body) {
  const { child, first } = await started(server, serverUrl);
  try {
    return await body(first);
  } finally {
    child.kill();
  }
}

// A server that is killed when all streams are open, and comes back at once.
async function storm(client, count) {
  const first = await started(gateway, serverUrl);
  const port = new URL(first.first).port;
  const streams = await started([...clients[client], 'storm', first.first, String(count)], /open/);
  const ended = new Promise((resolve) => first.child.on('exit', resolve));
  first.child.kill('SIGKILL');
  await ended;
  const second = await started(gateway.map((word) => (word === '0' ? port : word)), serverUrl);
  try {
    return JSON.parse(await streams.printed(/\{.*\}/));
  } finally {
    second.child.kill();
  }
}

function run(client, ...args) {
  const [command, ...first] = clients[client];
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args.map(String)], { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`${client} ${args.join(' ')} failed: ${stderr}`);
  }
  return JSON.parse(stdout);
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

// Both clients in turns; a line for each figure, with the ratio.
async function compare(title, runs, server, figures, [ourJob, theirJob], ...args) {
  const all = { ours: [], ws: [] };
  await withServer(server, (url) => {
    for (let i = 0; i < runs; i += 1) {
      all.ours.push(run('ours', ourJob, url, ...args));
      all.ws.push(run('ws', theirJob, url, ...args));
    }
  });
  printRows(title, figures, all);
}

function printRows(title, figures, all) {
  for (const [name, text] of Object.entries(figures)) {
    const [ours, theirs] = ['ours', 'ws'].map((client) => median(all[client].map((result) => result[name])));
    console.log(`| ${title}: ${text} | ${ours.toPrecision(3)} | ${theirs.toPrecision(3)} | ${(ours / theirs).toPrecision(2)} |`);
  }
}

const runs = Number(values.runs);
const bytes = Number(values.megabytes) * 1e6;
console.log('| job | ours | ws | ratio |\n| --- | --- | --- | --- |');
for (const chunk of [1024, 10 * 1024]) {
  for (const [how, job] of [['from a thread that waits', 'audio'], ['asynchronously, one at a time', 'asynchronous-audio']]) {
    const figures = { cpuSeconds: 'CPU s', wallSeconds: 'wall s' };
    await compare(`${values.megabytes} MB in ${chunk / 1024} KiB, ${how}`, runs, gateway, figures, [job, 'audio'], bytes, chunk);
  }
}
for (const rate of [100, 2000]) {
  await compare(`${rate} results a second`, runs, [...stamping, 5 * rate, rate], { p50: 'p50 us', p99: 'p99 us' }, ['latency', 'latency']);
}
for (const count of values.streams.split(',').map(Number).filter(Boolean)) {
  const figures = { kibibytesPerStream: 'KiB a stream', cpuSecondsPerMinute: 'CPU s a minute', openSeconds: 's to open' };
  await compare(`${count} idle streams`, 1, gateway, figures, ['idle', 'idle'], count, values.seconds);
}
for (const count of values.storms.split(',').map(Number).filter(Boolean)) {
  const figures = { reopenSeconds: 's to open again', cpuSeconds: 'CPU s', kibibytesBefore: 'KiB a stream before', kibibytesAfter: 'KiB a stream after' };
  const all = { ours: [], ws: [] };
  for (let i = 0; i < runs; i += 1) {
    for (const client of ['ours', 'ws']) {
      all[client].push(await storm(client, count));
    }
  }
  printRows(`${count} streams cut off at once`, figures, all);
}

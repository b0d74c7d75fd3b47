// The jobs of ../gateway_client_benchmark.cpp on the npm package `ws`. Prints one line of JSON.
//
//   node --expose-gc ws_client.mjs idle URL STREAMS SECONDS
//   node --expose-gc ws_client.mjs storm URL STREAMS
//   node --expose-gc ws_client.mjs audio URL BYTES CHUNK
//   node --expose-gc ws_client.mjs latency URL

import fs from 'node:fs';
import { WebSocket } from 'ws';

const [job, url, ...numbers] = process.argv.slice(2);
const seconds = () => Number(process.hrtime.bigint()) / 1e9;
const busySeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const wait = (time) => new Promise((resolve) => setTimeout(resolve, 1000 * time));

function proportionalKibibytes() {
  globalThis.gc();
  return Number(fs.readFileSync('/proc/self/smaps_rollup', 'utf8').match(/^Pss: *(\d+)/m)[1]);
}

// Completes when the server has announced the stream; `onMessage` gets what comes then.
function open(query, onMessage) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}?streamConfigurationTemplateId=benchmark${query}`, {
      headers: { Authorization: 'Basic testing-key' },
      perMessageDeflate: false,
    });
    let announced = false;
    socket.on('error', reject);
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? { type: 'binary', data } : JSON.parse(data.toString());
      if (message.type === 'STREAM_METADATA' && !announced) {
        announced = true;
        resolve(socket);
      } else {
        onMessage?.(message);
      }
    });
    socket.on('close', () => reject(new Error('closed')));
  });
}

// Keeps a stream alive, and notices when the server does not.
function keepAlive(socket) {
  let answered = seconds();
  socket.on('pong', () => (answered = seconds()));
  const timer = setInterval(() => {
    if (seconds() - answered > 10) {
      socket.terminate();
    } else {
      socket.ping();
    }
  }, 5000);
  socket.on('close', () => clearInterval(timer));
}

async function idle(count, duration) {
  const sockets = [];
  const openUpTo = async (wanted) => {
    while (sockets.length < wanted) {
      const some = await Promise.all(Array.from({ length: Math.min(50, wanted - sockets.length) }, () => open('')));
      some.forEach(keepAlive);
      sockets.push(...some);
    }
  };
  await openUpTo(1);
  const before = proportionalKibibytes();
  const began = seconds();
  await openUpTo(count + 1);
  const opened = seconds();
  await wait(10);
  const busy = busySeconds();
  await wait(duration);
  const cpuSecondsPerMinute = ((busySeconds() - busy) * 60) / duration;
  return { kibibytesPerStream: (proportionalKibibytes() - before) / count, cpuSecondsPerMinute, openSeconds: opened - began };
}

async function storm(count) {
  const nothing = proportionalKibibytes();
  const closed = Array.from({ length: count }, (_, slot) => slot);
  let [opening, isOpen, lost, began, busy] = [0, 0, 0, 0, 0];
  let onOpen;
  const allOpen = () => new Promise((resolve) => (onOpen = resolve));
  let pause;
  const onEnd = (slot) => {
    closed.push(slot);
    clearTimeout(pause);
    pause = setTimeout(openSome, 100);
  };
  const onLoss = (slot) => {
    if (lost === 0) {
      [began, busy] = [seconds(), busySeconds()];
    }
    lost += 1;
    isOpen -= 1;
    onEnd(slot);
  };
  const openOne = async (slot) => {
    try {
      const socket = await open('');
      keepAlive(socket);
      socket.on('close', () => onLoss(slot));
      isOpen += 1;
      opening -= 1;
      if (isOpen === count && (lost === 0 || lost >= count)) {
        onOpen();
      }
      openSome();
    } catch {
      opening -= 1;
      onEnd(slot);
    }
  };
  function openSome() {
    while (opening < 50 && closed.length) {
      opening += 1;
      openOne(closed.shift());
    }
  }
  const first = allOpen();
  openSome();
  await first;
  const before = proportionalKibibytes();
  const again = allOpen();
  console.log('open');
  await again;
  const reopenSeconds = seconds() - began;
  const cpuSeconds = busySeconds() - busy;
  return { reopenSeconds, cpuSeconds, kibibytesBefore: (before - nothing) / count, kibibytesAfter: (proportionalKibibytes() - nothing) / count };
}

async function audio(size, chunkSize) {
  const chunk = Buffer.alloc(chunkSize, 'a');
  const socket = await open('&egress=false');
  keepAlive(socket);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  const began = seconds();
  const busy = busySeconds();
  for (let left = size; left > 0; left -= chunkSize) {
    const bytes = left < chunkSize ? chunk.subarray(0, left) : chunk;
    if (socket.bufferedAmount < 4 << 20) {
      socket.send(bytes);
    } else {
      await new Promise((resolve) => socket.send(bytes, resolve));
    }
  }
  socket.send('{"type":"END_OF_STREAM"}');
  await closed;
  return { cpuSeconds: busySeconds() - busy, wallSeconds: seconds() - began, bytes: size };
}

async function latency() {
  const microseconds = [];
  let over;
  const ended = new Promise((resolve) => (over = resolve));
  await open('', (message) => {
    if (message.type === 'RESPONSE') {
      microseconds.push(1e6 * (seconds() - Number(message.response.messageId)));
    } else if (message.type === 'END_OF_STREAM') {
      over();
    }
  });
  await ended;
  microseconds.sort((a, b) => a - b);
  const percentile = (part) => microseconds[Math.floor((microseconds.length * part) / 100)];
  return { p50: percentile(50), p99: percentile(99), results: microseconds.length };
}

console.log(JSON.stringify(await { idle, storm, audio, latency }[job](...numbers.map(Number))));
process.exit(0);

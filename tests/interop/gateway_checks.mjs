// wsferry as a streaming client of a gateway on the npm package `ws`, and a client on that package
// at wsferry's testing gateway.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { bytesPerResult, credentials, expectedTexts, startStandIn } from './gateway/stand_in.mjs';
import { transcribe } from './gateway/client.mjs';
import { installPackages } from './npm_folder.mjs';
import { assertExit, check, exit, work, wsferry } from './tool.mjs';

const source = new URL('./gateway/', import.meta.url);

// The package `ws` as its lock file has it, below `folder`.
export async function openGatewayLab(folder) {
  return (await installPackages(source, folder))('ws');
}

// Bytes that no other part of them equals, and that are no text.
function audioOf(size) {
  let text = '\0';
  for (let i = 0; text.length < size; i += 1) {
    text += `${i},`;
  }
  return Buffer.from(text.slice(0, size));
}

const audio = audioOf(5 * bytesPerResult + 1234);
const audioFile = path.join(work, 'audio.raw');
const apiKeyVariable = { WS_GATEWAY_API_KEY: credentials.apiKey };
const lines = (text) => text.split('\n').filter(Boolean);

// Runs `wsferry stream` against a stand-in with this behaviour; gives both sides' view.
async function stream(ws, behaviour, args = [], { variables = apiKeyVariable, input = audioFile, ...options } = {}) {
  const gateway = await startStandIn(ws, behaviour);
  try {
    const result = await wsferry(['stream', gateway.url, input, '--template', 'template-1', ...args], { variables, ...options });
    await Promise.all(gateway.streams.map((one) => one.closed));
    return { result, seen: gateway.streams[0] };
  } finally {
    gateway.close();
  }
}

function assertTranscribed({ result, seen }, bytes = audio) {
  assertExit(result, exit.done);
  assert.deepEqual(lines(result.stdout), expectedTexts(bytes));
  assert.ok(Buffer.concat(seen.audio).equals(bytes), 'the audio came changed');
  assert.equal(seen.order.filter((kind) => kind === 'END_OF_STREAM').length, 1);
  assert.equal(seen.order.at(-1), 'END_OF_STREAM');
  assert.equal(seen.closeCode, 1000);
}

async function checkTranscription(ws) {
  await check('gateway: a complete transcription', async () => {
    const done = await stream(ws);
    assertTranscribed(done);
    assert.equal(done.seen.target, '/ws-gateway/api/v1/?streamConfigurationTemplateId=template-1', 'nothing that nobody asked for');
    assert.deepEqual(done.seen.protocols, []);
    assert.equal(done.seen.headers['sec-websocket-extensions'], undefined);
    assert.deepEqual(done.seen.order.filter((kind) => kind !== 'audio'), ['END_OF_STREAM']);
  });
  await check('gateway: raw results', async () => {
    const done = await stream(ws, { formatParameter: 'shape' }, ['--format', 'raw', '--format-parameter', 'shape']);
    assertTranscribed(done);
    assert.equal(done.seen.query.get('shape'), 'RAW');
  });
  await check('gateway: results come while standard input is still open', async () => {
    let printed = '';
    let ended = false;
    const done = await stream(ws, {}, ['--chunk-size', '1000'], {
      input: '-',
      stdio: ['pipe', 'pipe', 'pipe'],
      onStart: ({ stdin, stdout }) => {
        stdin.write(audio.subarray(0, 2 * bytesPerResult));
        stdout.on('data', (text) => {
          printed += text;
          if (!ended && lines(printed).length === 2) {
            ended = true;
            stdin.end(audio.subarray(2 * bytesPerResult));
          }
        });
      },
    });
    assertTranscribed(done);
  });
}

async function checkCredentials(ws) {
  const { id, secret, apiKey, bearer } = credentials;
  const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  const both = { WS_GATEWAY_CLIENT_ID: id, WS_GATEWAY_CLIENT_SECRET: secret };
  const key = { WS_GATEWAY_API_KEY: apiKey };
  const token = { WS_GATEWAY_BEARER: bearer };
  const forms = [
    ['id and secret in the header', both, [], { authorization: basic }],
    ['id and secret in two headers', both, ['--auth-placement', 'two-headers'], { 'x-client-id': id, 'x-client-secret': secret }],
    ['id and secret in the query', both, ['--auth-placement', 'query'], {}, { client_id: id, client_secret: secret }],
    ['an API key in the header', key, [], { authorization: `Basic ${apiKey}` }],
    ['an API key in the query', key, ['--auth-placement', 'query'], {}, { access_token: apiKey }],
    ['a token in the header', token, [], { authorization: `Bearer ${bearer}` }],
    ['a token in the query', token, ['--auth-placement', 'query'], {}, { access_token: bearer }],
    ['a token in a subprotocol', token, ['--auth-placement', 'subprotocol', '--subprotocol', 'gateway', '--subprotocol', 'token.{token}'], {}, {}, ['gateway', `token.${bearer}`]],
  ];
  for (const [name, variables, args, headers, query = {}, protocols = []] of forms) {
    await check(`gateway: ${name}`, async () => {
      const done = await stream(ws, {}, args, { variables });
      assertTranscribed(done);
      const shown = Object.fromEntries(Object.entries(done.seen.headers).filter(([header]) => header === 'authorization' || header.startsWith('x-')));
      assert.deepEqual(shown, headers);
      assert.deepEqual(Object.fromEntries(done.seen.query), { streamConfigurationTemplateId: 'template-1', ...query });
      assert.deepEqual(done.seen.protocols, protocols);
    });
  }
  await check(`gateway: a wrong key ends with ${exit.authentication}`, async () => {
    const { result, seen } = await stream(ws, {}, [], { variables: { WS_GATEWAY_API_KEY: 'not-a-key-of-this-gateway' } });
    assertExit(result, exit.authentication);
    assert.match(result.stderr, /refused at the upgrade/);
    assert.equal(seen, undefined);
  });
}

async function checkConfiguration(ws) {
  await check('gateway: a CONFIGURATION message is announced, and comes first', async () => {
    const file = path.join(work, 'configuration.json');
    const message = { patches: { language: 'ro', utteranceEnd: '800' }, webhook: { 'https://example.test/hook': ['stream.*'] } };
    fs.writeFileSync(file, JSON.stringify(message));
    const done = await stream(ws, {}, ['--configuration', file]);
    assertTranscribed(done);
    assert.equal(done.seen.query.get('configurationMessage'), 'true');
    assert.equal(done.seen.order[0], 'CONFIGURATION');
    assert.deepEqual(done.seen.texts[0], { type: 'CONFIGURATION', ...message });
  });
  await check('gateway: patches arrive as they are meant', async () => {
    const done = await stream(ws, {}, [
      ...['--language', 'ro', '--patch', 'ask0=+a & b=c%20ü\\', '--patch', 'ask1=-5', '--patch', 'ask1=two', '--raw-audio', 'linear16,16000,1'],
    ]);
    assertTranscribed(done);
    const { query } = done.seen;
    assert.deepEqual(query.getAll('language'), ['ro']);
    assert.deepEqual(query.getAll('ask0'), ['\\+a & b=c%20ü\\']);
    assert.deepEqual(query.getAll('ask1'), ['\\-5', 'two']);
    assert.deepEqual([query.get('encoding'), query.get('sampleRate'), query.get('channels')], ['linear16', '16000', '1']);
  });
  await check(`gateway: a patch that is not allowed ends with ${exit.remote}`, async () => {
    const { result, seen } = await stream(ws, {}, ['--patch', 'forbidden=1']);
    assertExit(result, exit.remote);
    assert.match(result.stderr, /forbidden may not be patched/);
    assert.deepEqual(seen.audio, []);
  });
  for (const alwaysEnds of [false, true]) {
    await check(`gateway: an upload without results, ended by ${alwaysEnds ? 'a message' : 'a close'}`, async () => {
      const { result, seen } = await stream(ws, { alwaysEnds }, ['--no-egress', '--persist']);
      assertExit(result, exit.done);
      assert.equal(result.stdout, '');
      assert.ok(Buffer.concat(seen.audio).equals(audio));
      assert.deepEqual([seen.query.get('egress'), seen.query.get('persist')], ['false', 'true']);
    });
  }
}

async function checkKeepAlive(ws) {
  // The results come long after the limit on a client's silence.
  const behaviour = { inactivityMs: 1000, drainMs: 2500 };
  const quiet = (mode) => stream(ws, behaviour, ['--keep-alive', mode, '--keep-alive-interval', '0.25']);
  await check('gateway: keep-alive holds a stream while the last results are waited for', async () => {
    const [ping, message, both, off] = await Promise.all(['ping', 'message', 'both', 'off'].map(quiet));
    const keepAlives = ({ seen }) => seen.order.filter((kind) => kind === 'KEEP_ALIVE').length;
    for (const { result } of [ping, message, both]) {
      assertExit(result, exit.done);
      assert.deepEqual(lines(result.stdout), expectedTexts(audio));
    }
    assert.ok(ping.seen.pings >= 3 && keepAlives(ping) === 0);
    assert.ok(message.seen.pings === 0 && keepAlives(message) >= 3);
    assert.ok(both.seen.pings >= 3 && keepAlives(both) >= 3);
    assertExit(off.result, exit.connection);
    assert.ok(off.seen.pings === 0 && keepAlives(off) === 0);
  });
}

async function checkFaults(ws) {
  const faults = [
    ['an error in place of the metadata', { at: 'metadata', kind: 'error' }, exit.remote, /struck at metadata/],
    ['an error in mid-stream', { at: 'audio', kind: 'error' }, exit.remote, /struck at audio/],
    ['an error after the end', { at: 'end', kind: 'error' }, exit.remote, /struck at end/],
    ['a close in place of the metadata', { at: 'metadata', kind: 'close' }, exit.connection],
    ['a close with nothing before it', { at: 'audio', kind: 'close' }, exit.connection],
    ['a close in place of the last results', { at: 'end', kind: 'close' }, exit.connection],
    ['a connection cut in mid-stream', { at: 'audio', kind: 'cut' }, exit.connection],
    ['a connection reset in mid-stream', { at: 'audio', kind: 'reset' }, exit.connection],
    ['a connection cut before the last results', { at: 'end', kind: 'cut' }, exit.connection],
    ["a connection cut after the server's end of stream", { at: 'serverEnd', kind: 'cut' }, exit.done],
    ['a server that is not available', { at: 'upgrade', kind: 'error' }, exit.connection, /refused at the upgrade/],
  ];
  for (const [name, fault, expected, words = /./] of faults) {
    await check(`gateway: ${name} ends with ${expected}`, async () => {
      const { result, seen } = await stream(ws, { fault });
      assertExit(result, expected);
      assert.match(result.stderr, words);
      if (fault.at === 'metadata') {
        assert.deepEqual(seen.audio, [], 'audio was sent although there was no stream');
      }
    });
  }
}

// The testing gateway is other programs' too: it has to please a client that is not ours.
async function checkServe(ws) {
  await check('gateway: a client on npm ws is served by `wsferry serve --gateway`', async () => {
    const headers = { Authorization: 'Basic serve-token' };
    const results = await served(async (url) => [
      await transcribe(ws, `${url}?streamConfigurationTemplateId=t&configurationMessage=true`, { headers, audio, first: { type: 'CONFIGURATION', patches: { language: 'ro' } } }),
      await transcribe(ws, `${url}?streamConfigurationTemplateId=t`, { headers, audio, first: { type: 'CONFIGURATION' } }),
      await transcribe(ws, `${url}?streamConfigurationTemplateId=t`, { headers: {}, audio }).catch((error) => error),
    ]);
    const [whole, unannounced, refused] = results;
    const responses = whole.messages.filter(({ type }) => type === 'RESPONSE').map(({ response }) => response);
    assert.equal(whole.messages[0].type, 'STREAM_METADATA');
    assert.match(whole.messages[0].stream.streamId, /^[0-9a-f-]{36}$/);
    assert.ok(responses.some(({ frameType, payload }) => frameType === 'final' && payload.transcription), 'no final result');
    assert.equal(whole.messages.at(-1).type, 'END_OF_STREAM');
    assert.equal(whole.code, 1000);
    assert.equal(unannounced.messages.at(-1).type, 'ERROR');
    assert.match(refused.message, /401/);
  });
}

// Runs `body` with the URL of a gateway of ours, and ends that.
async function served(body) {
  let result;
  const server = await wsferry(['serve', '--gateway', '--port', '0', '--token', 'serve-token'], {
    onStart: (child) => {
      let text = '';
      child.stdout.on('data', (more) => {
        text += more;
        const url = text.match(/ws:\/\/\S+(?=\n)/)?.[0];
        if (url && !result) {
          result = body(url).finally(() => child.kill('SIGTERM'));
          result.catch(() => {}); // awaited below
        }
      });
    },
  });
  assert.ok(result, `the server did not start:\n${server.stdout}${server.stderr}`);
  return result;
}

export async function checkGateway(ws) {
  fs.writeFileSync(audioFile, audio);
  await checkTranscription(ws);
  await checkCredentials(ws);
  await checkConfiguration(ws);
  await checkKeepAlive(ws);
  await checkFaults(ws);
  await checkServe(ws);
}

export const gatewaySecrets = [credentials.secret, credentials.apiKey, credentials.bearer, Buffer.from(`${credentials.id}:${credentials.secret}`).toString('base64')];

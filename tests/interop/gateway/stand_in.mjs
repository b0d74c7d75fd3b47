// A WS Gateway on the npm package `ws`, written from the protocol's description: it takes audio,
// answers with made-up transcriptions, and can fail at a chosen moment.

import { createHash } from 'node:crypto';
import http from 'node:http';

export const credentials = {
  id: 'stand-in-client',
  secret: 'stand-in client secret: with a colon',
  apiKey: 'c3RhbmQtaW4:key-as-given',
  bearer: 'stand-in.bearer.token',
};

const path = '/ws-gateway/api/v1/';
// A query parameter without a meaning of its own changes the template's configuration.
const known = ['streamConfigurationTemplateId', 'id', 'configurationMessage', 'egress', 'persist', 'client_id', 'client_secret', 'access_token'];
const aliases = ['language', 'multichannel', 'utteranceEnd', 'encoding', 'sampleRate', 'channels', 'ask0', 'ask1'];

export const bytesPerResult = 10_000;

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

// The texts of the final results that some audio gives, in order.
export function expectedTexts(audio) {
  const texts = [];
  for (let offset = 0; offset < audio.length; offset += bytesPerResult) {
    texts.push(`part ${texts.length} is ${digest(audio.subarray(offset, offset + bytesPerResult))}`);
  }
  return texts;
}

function errorResponse(statusCode, internalErrorName, message) {
  return { statusCode, title: 'Refused by the stand-in', message, internalErrorName, nestedErrors: [] };
}

function isKnown({ headers, protocols, query }) {
  const { id, secret, apiKey, bearer } = credentials;
  const both = Buffer.from(`${id}:${secret}`).toString('base64');
  return (
    [`Basic ${both}`, `Basic ${apiKey}`, `Bearer ${bearer}`].includes(headers.authorization) ||
    (headers['x-client-id'] === id && headers['x-client-secret'] === secret) ||
    (query.get('client_id') === id && query.get('client_secret') === secret) ||
    [apiKey, bearer].includes(query.get('access_token')) ||
    protocols.some((entry) => entry === `token.${bearer}`)
  );
}

// One stream of one client; what it saw is for the checks.
class Stream {
  constructor(socket, request, behaviour) {
    Object.assign(this, request);
    this.socket = socket;
    this.behaviour = behaviour;
    this.texts = []; // text messages of the client, parsed
    this.order = []; // kinds of messages as they came
    this.audio = [];
    this.pings = 0;
    this.finals = 0;
    this.unanswered = Buffer.alloc(0);
    this.egress = this.query.get('egress') !== 'false';
    this.raw = this.query.get(behaviour.formatParameter) === 'RAW';
    this.closed = new Promise((resolve) =>
      socket.on('close', (code) => {
        clearTimeout(this.inactivity);
        clearTimeout(this.drain);
        this.closeCode = code;
        resolve();
      }),
    );
    socket.on('error', () => {}); // a close follows
    socket.on('ping', () => {
      this.pings += 1;
      this.heard();
    });
    socket.on('message', (data, isBinary) => {
      this.heard();
      this.take(data, isBinary);
    });
    this.heard();
    if (this.query.get('configurationMessage') !== 'true') {
      this.create({});
    }
  }

  heard() {
    clearTimeout(this.inactivity);
    // Without a word, as the gateway does it.
    this.inactivity = setTimeout(() => this.socket.terminate(), this.behaviour.inactivityMs);
  }

  // Whether a fault took the place of what should happen now.
  struck(moment) {
    const { fault } = this.behaviour;
    if (fault?.at !== moment || this.over) {
      return Boolean(this.over);
    }
    this.over = true;
    if (fault.kind === 'error') {
      this.fail(errorResponse(500, 'PROCESSOR_GENERAL_ERROR', `struck at ${moment}`));
    } else if (fault.kind === 'close') {
      this.socket.close(1000);
    } else if (fault.kind === 'reset') {
      this.socket._socket.resetAndDestroy();
    } else {
      this.socket.terminate();
    }
    return true;
  }

  fail(error) {
    this.over = true;
    this.send({ type: 'ERROR', error });
    this.socket.close(1000);
  }

  // `onWritten` is called when the system has all of it.
  send(message, onWritten) {
    this.socket.send(JSON.stringify(message), onWritten);
  }

  create(configuration) {
    const patches = [...this.query.keys()].filter((name) => !known.includes(name) && name !== this.behaviour.formatParameter).concat(Object.keys(configuration.patches ?? {}));
    const forbidden = patches.find((name) => !aliases.includes(name.replace(/^patches\./, '')));
    if (this.struck('metadata')) {
      return;
    }
    if (!this.query.get('streamConfigurationTemplateId')) {
      this.fail(errorResponse(400, 'STREAM_CONFIGURATION_BAD_TEMPLATE', 'no template'));
    } else if (forbidden !== undefined) {
      this.fail(errorResponse(400, 'STREAM_CONFIGURATION_BAD_PATCH', `${forbidden} may not be patched`));
    } else {
      this.created = true;
      const processors = Array.from({ length: 100 }, (_, index) => ({ id: `processor-${index}`, properties: { nothing: null, list: [1, 'x', []] } }));
      this.send({
        type: 'STREAM_METADATA',
        stream: { streamId: '6e1a365d-2dad-4a6d-86b2-133671ae7322', groupId: null, name: 'stand-in', state: 'READY', stateDescription: null, configuration: { processors } },
      });
    }
  }

  take(data, isBinary) {
    const message = isBinary ? { type: 'audio' } : JSON.parse(data.toString());
    this.order.push(message.type);
    if (!isBinary) {
      this.texts.push(message);
    }
    if (this.over) {
      return;
    }
    if (message.type === 'CONFIGURATION' && !this.created && this.order.length === 1) {
      this.create(message);
    } else if (message.type === 'END_OF_STREAM' && !this.ended) {
      this.end();
    } else if (isBinary && data.length > 0 && this.created && !this.ended) {
      this.takeAudio(data);
    } else if (message.type !== 'KEEP_ALIVE') {
      this.fail(errorResponse(400, 'GENERAL_BAD_REQUEST_ERROR', `${message.type} does not belong here`));
    }
  }

  takeAudio(bytes) {
    this.audio.push(bytes);
    this.unanswered = Buffer.concat([this.unanswered, bytes]);
    if (this.struck('audio')) {
      return;
    }
    while (this.unanswered.length >= bytesPerResult) {
      this.result(this.unanswered.subarray(0, bytesPerResult));
      this.unanswered = this.unanswered.subarray(bytesPerResult);
    }
  }

  result(audio) {
    const text = `part ${this.finals++} is ${digest(audio)}`;
    if (!this.egress) {
      return;
    }
    if (this.raw) {
      this.socket.send(Buffer.from(`${text}\n`));
      return;
    }
    // What a tolerant client has to live with comes along.
    this.send({ type: 'KEEP_ALIVE' });
    this.send({ type: 'SOMETHING_NEW', value: [] });
    this.response('partial', this.finals, 'Transcription', { transcription: 'a guess', words: null });
    this.response('final', String(this.finals), 'Diarization', { speakerIds: ['a'], overlap: false });
    this.response('final', this.finals * 1_000_000, 'Transcription', {
      transcription: text,
      words: text.split(/(?= )/).map((word, index) => ({ word, start: index, end: index + 1, confidence: 0.5, metadata: {}, more: true })),
      start: 0,
      end: null,
      channel: 0,
      utterance: true,
    });
  }

  response(frameType, publishTimestamp, kind, payload) {
    const payloadSchema = `tech.vatis.schema.stream.processor.messages.${kind.toLowerCase()}.${kind}ResponseDto`;
    const text = JSON.stringify({
      type: 'RESPONSE',
      response: { streamId: null, tags: ['main'], messageId: `m${this.finals}`, sequenceId: this.finals, publishTimestamp, frameType, payloadSchema, payload, unknown: {} },
    });
    // In two frames, with a control frame between them.
    this.socket.send(text.slice(0, 100), { fin: false });
    this.socket.ping();
    this.socket.send(text.slice(100), { fin: true });
  }

  end() {
    this.ended = true;
    if (this.struck('end')) {
      return;
    }
    this.drain = setTimeout(() => {
      if (this.unanswered.length > 0) {
        this.result(this.unanswered);
      }
      // What is cut off takes with it what is not written yet.
      const end = () => this.struck('serverEnd') || this.socket.close(1000);
      if (this.egress || this.behaviour.alwaysEnds) {
        this.send({ type: 'END_OF_STREAM' }, end);
      } else {
        end();
      }
    }, this.behaviour.drainMs);
  }
}

// Starts a gateway on a free port. Behaviour: inactivityMs and drainMs; formatParameter, the name of
// the query parameter that asks for RAW; alwaysEnds, also without egress; fault, with `at` (upgrade,
// metadata, audio, end, serverEnd) and `kind` (error, close, reset, cut).
export async function startStandIn({ WebSocketServer }, behaviour = {}) {
  const settings = { inactivityMs: 10_000, drainMs: 0, ...behaviour };
  const streams = [];
  const sockets = new Set();
  const server = http.createServer((_, response) => response.writeHead(426).end());
  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {}); // a close follows
  });
  server.on('upgrade', (request, socket, head) => {
    const { pathname, searchParams: query } = new URL(request.url, 'http://stand-in');
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(/ *, */).filter(Boolean);
    const seen = { target: request.url, query, protocols, headers: request.headers };
    const refuse = (status, name) => {
      const body = JSON.stringify(errorResponse(status, name, 'refused at the upgrade'));
      socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
    };
    if (pathname !== path) {
      refuse(404, 'GENERAL_NOT_FOUND_ERROR');
    } else if (!isKnown(seen)) {
      refuse(401, 'GENERAL_AUTHENTICATION_ERROR');
    } else if (settings.fault?.at === 'upgrade') {
      refuse(503, 'GENERAL_INTERNAL_ERROR');
    } else {
      upgrades.handleUpgrade(request, socket, head, (client) => streams.push(new Stream(client, seen, settings)));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${server.address().port}${path}`,
    streams,
    close() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}

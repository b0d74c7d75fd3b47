// A gateway that sends small results at a fixed rate, each with the time at which it was given to the
// socket in it, and then ends the stream. Prints its URL.
//
//   node stamping_server.mjs RESULTS PER_SECOND

import { WebSocketServer } from 'ws';

const [count, rate] = process.argv.slice(2).map(Number);
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false }, () => console.log(`ws://127.0.0.1:${server.address().port}/ws-gateway/api/v1/`));

server.on('connection', (socket) => {
  socket.on('error', () => {}); // a close follows
  socket.send('{"type":"STREAM_METADATA","stream":{"streamId":"6e1a365d-2dad-4a6d-86b2-133671ae7322"}}');
  let sent = 0;
  const began = process.hrtime.bigint();
  const send = () => {
    const now = process.hrtime.bigint();
    // What is due, one at a time, so that no two are read together.
    if (Number(now - began) / 1e9 >= sent / rate) {
      sent += 1;
      const stamp = (Number(process.hrtime.bigint()) / 1e9).toFixed(9);
      socket.send(
        `{"type":"RESPONSE","response":{"streamId":"6e1a365d-2dad-4a6d-86b2-133671ae7322","tags":["main"],"messageId":"${stamp}","sequenceId":${sent},"frameType":"partial","payloadSchema":"tech.vatis.schema.stream.processor.messages.transcription.TranscriptionResponseDto","payload":{"transcription":"some words that were said","words":null,"start":0,"end":1000,"channel":0,"utterance":false},"headers":{}}}`,
      );
    }
    if (sent < count) {
      setImmediate(send);
    } else {
      socket.send('{"type":"END_OF_STREAM"}');
      socket.close(1000);
    }
  };
  send();
});

// A client of a WS Gateway on the npm package `ws`, as a program of its users might be written.

// Sends the audio, ends the stream, and gives what came: parsed messages in order, and the close.
export function transcribe({ WebSocket }, url, { headers, audio, chunkSize = 1024, first }) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers, perMessageDeflate: false });
    const messages = [];
    socket.on('error', reject);
    socket.on('open', () => first && socket.send(JSON.stringify(first)));
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? { type: 'binary', data } : JSON.parse(data.toString());
      messages.push(message);
      if (message.type === 'STREAM_METADATA') {
        for (let offset = 0; offset < audio.length; offset += chunkSize) {
          socket.send(audio.subarray(offset, offset + chunkSize));
        }
        socket.send('{"type":"END_OF_STREAM"}');
      }
    });
    socket.on('close', (code) => resolve({ messages, code }));
  });
}

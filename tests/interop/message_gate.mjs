// A WebSocket proxy that holds a transfer at a chosen message of the client, so that faults strike
// in a chosen stage without any timing.

import { createRequire } from 'node:module';
import path from 'node:path';

// `labDir` has the package `ws`. Messages of the other kind of transfer pass, and those of this one
// until `isThere(message, hasBegun)`, where `hasBegun` tells a push from the look before it; that one
// and all that follow are held until release(). What the server says always passes.
// `replacement(message)` is sent in place of a message, unless it is null.
export async function openMessageGate(labDir, targetPort, isThere, kind = 'push', replacement = () => null) {
  const { WebSocket, WebSocketServer } = createRequire(path.join(labDir, 'package.json'))('ws');
  let holding = false;
  let open = false;
  const held = [];
  let reached;
  const reachedPromise = new Promise((resolve) => (reached = resolve));
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 0, perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));

  server.on('connection', (client, request) => {
    const headers = { authorization: request.headers.authorization };
    const upstream = new WebSocket(`ws://127.0.0.1:${targetPort}${request.url}`, { headers, maxPayload: 0, perMessageDeflate: false });
    const isGated = request.url.endsWith(`/${kind}`);
    let hasBegun = false;
    const early = [];
    const forward = (text) => {
      if (upstream.readyState === WebSocket.CONNECTING) {
        early.push(text);
      } else if (upstream.readyState === WebSocket.OPEN) {
        upstream.send(text);
      }
    };
    upstream.on('open', () => early.forEach((text) => upstream.send(text)));
    client.on('message', (data) => {
      let text = data.toString();
      if (isGated && !open && !holding) {
        const message = JSON.parse(text);
        if (isThere(message, hasBegun)) {
          holding = true;
          reached();
        }
        hasBegun ||= message.action === 'beforeTransfer';
        const other = replacement(message);
        text = other === null ? text : JSON.stringify(other);
      }
      if (holding) {
        held.push(() => forward(text));
      } else {
        forward(text);
      }
    });
    upstream.on('message', (data) => client.readyState === WebSocket.OPEN && client.send(data.toString()));
    client.on('close', () => upstream.terminate());
    client.on('error', () => upstream.terminate());
    upstream.on('close', () => client.terminate());
    upstream.on('error', () => client.terminate());
  });

  return {
    url: `http://127.0.0.1:${server.address().port}/admin`,
    reached: reachedPromise,
    release() {
      open = true;
      holding = false;
      held.splice(0).forEach((send) => send());
    },
    close() {
      server.clients.forEach((client) => client.terminate());
      server.close();
    },
  };
}

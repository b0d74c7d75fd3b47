// A TCP proxy that lets a connection come to a chosen point and holds it there, so that faults
// strike in the middle of a transfer without any timing.

import net from 'node:net';

// Passes `bytes` of the server's bytes to the client, then holds the rest until release().
export async function openGate(targetPort, bytes) {
  const sockets = new Set();
  let passed = 0;
  let held = null;
  let open = false;
  let reached;
  const reachedPromise = new Promise((resolve) => (reached = resolve));

  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const upstream = net.connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
    }
    client.on('data', (chunk) => upstream.write(chunk));
    client.on('end', () => upstream.end());
    upstream.on('data', (chunk) => {
      client.write(chunk);
      passed += chunk.length;
      if (!open && passed >= bytes) {
        held = upstream;
        upstream.pause();
        reached();
      }
    });
    upstream.on('end', () => client.end());
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}/admin`,
    reached: reachedPromise,
    release() {
      open = true;
      held?.resume();
    },
    close() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}

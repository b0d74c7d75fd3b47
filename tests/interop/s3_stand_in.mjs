// A stand-in of S3 behind a proxy that can deny an object or cut it short, and alter what others than
// Strapi get, as a CDN does that sends each client what it takes to be best for it.

import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

// Without a length nobody can tell that it is short.
function cutShort(bytes, { 'content-length': length, ...headers }) {
  return { bytes: bytes.subarray(0, Math.floor(bytes.length / 2)), headers };
}

export class S3StandIn {
  // `S3rver` is the class of that package; buckets are folders below `folder`.
  static async start(S3rver, folder, buckets) {
    fs.mkdirSync(folder, { recursive: true });
    const inner = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: folder, configureBuckets: buckets.map((name) => ({ name })) });
    const { port } = await inner.run();
    const standIn = new S3StandIn(inner, port, folder);
    await new Promise((resolve) => standIn.proxy.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  constructor(inner, port, folder) {
    this.inner = inner;
    this.port = port;
    this.folder = folder;
    this.denied = new Set();
    this.cut = new Set();
    // By object, what others than Strapi get: a function of its bytes and headers gives both.
    this.altered = new Map();
    // Buckets whose objects only a signed request gets.
    this.signedOnly = new Set();
    this.proxy = http.createServer((request, response) => this.pass(request, response));
  }

  get endpoint() {
    return `http://127.0.0.1:${this.proxy.address().port}`;
  }

  // Names of the objects in a bucket.
  objects(bucket) {
    const ending = '._S3rver_object';
    const names = fs.readdirSync(path.join(this.folder, bucket)).filter((name) => name.endsWith(ending));
    return names.map((name) => name.slice(0, -ending.length)).sort();
  }

  // Takes an object away; gives a function that puts it back.
  hide(bucket, object) {
    const file = path.join(this.folder, bucket, `${object}._S3rver_object`);
    const hidden = path.join(this.folder, 'hidden');
    fs.renameSync(file, hidden);
    return () => fs.renameSync(hidden, file);
  }

  lacksSignature(request) {
    const { pathname, searchParams } = new URL(request.url, 'http://s3');
    const isSigned = searchParams.has('X-Amz-Signature') || request.headers.authorization !== undefined;
    return this.signedOnly.has(pathname.split('/')[1]) && !isSigned;
  }

  changeOf(object, request) {
    if (this.cut.has(object)) {
      return cutShort;
    }
    const isStrapis = request.headers['user-agent'] === 'node';
    return (!isStrapis && this.altered.get(object)) || null;
  }

  pass(request, response) {
    const object = path.basename(new URL(request.url, 'http://s3').pathname);
    if (request.method === 'GET' && (this.denied.has(object) || this.lacksSignature(request))) {
      response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error><Code>AccessDenied</Code></Error>');
      return;
    }
    const options = { host: '127.0.0.1', port: this.port, method: request.method, path: request.url, headers: request.headers };
    const forwarded = http.request(options, (answer) => {
      const change = request.method === 'GET' ? this.changeOf(object, request) : null;
      if (change === null) {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
        return;
      }
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        const { bytes, headers } = change(Buffer.concat(chunks), answer.headers);
        response.writeHead(answer.statusCode, headers).end(bytes);
      });
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  }

  async stop() {
    this.proxy.closeAllConnections();
    this.proxy.close();
    await this.inner.close();
  }
}

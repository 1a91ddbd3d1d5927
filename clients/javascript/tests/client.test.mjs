import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import {
    NodeClient, NodeError, PeerStream, SRMUDPWebSocketClient, Status,
} from '../p2pfwd.js';
import { FakeNode, ws } from './fake_node.mjs';

const KEY = 'a key of both ends';
const QUICK = { minimumDelay: 1, maximumDelay: 20 };
const options = ws ? {} : { skip: 'the package ws is missing (Debian: node-ws)' };

let node;
let open = [];

beforeEach(async () => { if (ws) node = await new FakeNode().start(); });
afterEach(async () => {
    for (const client of open.splice(0)) await client.close();
    await node?.stop();
});

function link(more = {}) {
    const client = new SRMUDPWebSocketClient(
        node.url, '192.0.2.7', 17171, KEY, { ...QUICK, WebSocket: ws.WebSocket, ...more });
    open.push(client);
    return client;
}

function stream(target) {
    const flow = new PeerStream(node.url, 'homebox', target, { WebSocket: ws.WebSocket });
    open.push(flow);
    return flow;
}

function statuses(client) {
    const seen = [];
    client.addEventListener('status', (event) => seen.push(event.detail.status));
    return seen;
}

test('text and binary messages come back as what they were', options, async () => {
    const client = link();
    await client.connect();
    await client.sendText('grüße');
    await client.sendBinary(new Uint8Array([0, 255, 10]));
    assert.equal(await client.receive(), 'grüße');
    assert.deepEqual(await client.receive(), new Uint8Array([0, 255, 10]));
});

test('a token is made for this link alone, and no secret stands in the URL', options, async () => {
    const client = link({ clientID: 'me' });
    await client.connect();
    assert.deepEqual(node.tokenRequests, [{ links: ['192.0.2.7:17171'] }]);
    const { query, protocols } = node.opened[0];
    assert.deepEqual(protocols, ['p2pfwd', 'token.token-1']);
    assert.deepEqual(Object.fromEntries(query), {
        remote_host: '192.0.2.7', remote_port: '17171', client_id: 'me', frames: 'binary',
    });
    assert.deepEqual(JSON.parse(node.frames[0]), { type: 'key', encryption_key: KEY });
    assert.equal(client.connectionID, 'me_192.0.2.7');
});

test('older servers get token and key in the URL, and text frames alone', options, async () => {
    node.makesTokensByPut = false;
    const client = link({ secrets: 'query' });
    await client.connect();
    const { query, protocols } = node.opened[0];
    assert.deepEqual(protocols, ['']);
    assert.equal(query.get('token'), 'token-1');
    assert.equal(query.get('encryption_key'), KEY);
    await client.sendBinary(new Uint8Array([0, 255, 10]));
    assert.deepEqual(await client.receive(), new Uint8Array([0, 255, 10]));
    assert.deepEqual(
        JSON.parse(node.frames[0]), { type: 'data', format: 'binary', data: 'AP8K' });
});

test('the statuses of the node are told in their order', options, async () => {
    const client = link();
    const seen = statuses(client);
    assert.equal(client.status, Status.disconnected);
    await client.connect();
    await client.waitFor(Status.established);
    await client.close();
    assert.deepEqual(seen, ['CONNECTED', 'UDP_WAITING', 'UDP_ESTABLISHED', 'DISCONNECTED']);
});

test('a broken WebSocket is opened again, and what is sent meanwhile waits', options, async () => {
    const client = link();
    const seen = statuses(client);
    await client.connect();
    await client.waitFor(Status.established);
    node.breakSockets();
    await client.waitFor(Status.reconnecting);
    await client.sendText('afterwards');
    assert.equal(await client.receive(), 'afterwards');
    await client.waitFor(Status.established);
    assert.deepEqual(
        seen.slice(3), ['RECONNECTING', 'CONNECTED', 'UDP_WAITING', 'UDP_ESTABLISHED']);
});

test('a token that has expired meanwhile is replaced', options, async () => {
    const client = link();
    await client.connect();
    node.forgetTokens();
    node.breakSockets();
    await client.waitFor(Status.reconnecting);
    await client.waitFor(Status.waiting);
    assert.equal(node.tokenRequests.length, 2);
});

test('a node that is away for a while is waited for', options, async () => {
    const client = link();
    await client.connect();
    const { port } = node;
    await node.stop();
    await client.waitFor(Status.reconnecting);
    const next = new FakeNode();
    await next.start(port);
    node = next;
    await client.waitFor(Status.established);
});

test('a given token that is not accepted is the end of it', options, async () => {
    const client = link({ token: 'invented' });
    await assert.rejects(client.connect(), { code: 'unauthorized' });
    assert.equal(client.status, Status.error);
    await assert.rejects(client.receive(), { code: 'unauthorized' });
});

test('a key that the node refuses fails connect() with its reason', options, async () => {
    const client = new SRMUDPWebSocketClient(
        node.url, '192.0.2.7', 17171, 'short', { WebSocket: ws.WebSocket });
    await assert.rejects(client.connect(), { code: 'refused', message: 'the key is too short' });
});

test('a link that failed for good is not opened again', options, async () => {
    const client = link();
    await client.connect();
    await client.sendText('fail!');
    await assert.rejects(client.receive(), { code: 'refused', message: 'the link has failed' });
    assert.equal(node.opened.length, 1);
});

test('without reconnect, a broken WebSocket ends the link', options, async () => {
    const client = link({ reconnect: false });
    await client.connect();
    node.breakSockets();
    await assert.rejects(client.receive(), { code: 'closed' });
    await assert.rejects(client.sendText('x'), { code: 'closed' });
});

test('iterating ends when the node closes, and what had come is given out', options, async () => {
    const client = link();
    await client.connect();
    for (const text of ['one', 'two', 'bye!']) await client.sendText(text);
    const all = [];
    for await (const message of client) all.push(message);
    assert.deepEqual(all, ['one', 'two']);
});

test('onmessage gets the messages in place of receive()', options, async () => {
    const client = link();
    const got = new Promise((resolve) => { client.onmessage = resolve; });
    await client.connect();
    await client.sendText('here');
    assert.equal(await got, 'here');
    await assert.rejects(client.receive({ timeout: 1 }), { code: 'timeout' });
});

test('what nobody receives is bounded', options, async () => {
    const client = link({ maximumQueued: 100 });
    await client.connect();
    await client.sendBinary(new Uint8Array(60));
    await client.sendBinary(new Uint8Array(60));
    await new Promise((resolve) => client.addEventListener('close', resolve));
    assert.equal((await client.receive()).length, 60);
    await assert.rejects(client.receive(), { code: 'overflow' });
});

test('what waits for the WebSocket to return is bounded', options, async () => {
    const client = link({ maximumQueued: 100, minimumDelay: 60_000 });
    await client.connect();
    node.breakSockets();
    await client.waitFor(Status.reconnecting);
    const first = client.sendBinary(new Uint8Array(80));
    first.catch(() => {});
    await assert.rejects(client.sendBinary(new Uint8Array(80)), { code: 'overflow' });
    await client.close();
    await assert.rejects(first, { code: 'closed' });
});

test('sending waits while the WebSocket is full', options, async () => {
    const client = link({ highWaterMark: 1024 });
    await client.connect();
    for (const socket of node.sockets) socket.pause();
    let isSent = false;
    const all = Array.from({ length: 32 }, () => client.sendBinary(new Uint8Array(1 << 20)));
    const sent = Promise.all(all).then(() => { isSent = true; });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(isSent, false);
    assert.ok(client.bufferedAmount > 1024);
    for (const socket of node.sockets) socket.resume();
    await sent;
    for (const _ of all) assert.equal((await client.receive()).length, 1 << 20);
});

test('wrong use is refused', options, async () => {
    assert.throws(() => new SRMUDPWebSocketClient('ws://x', 'h', 0, KEY), { code: 'usage' });
    assert.throws(() => new SRMUDPWebSocketClient('ftp://x', 'h', 1, KEY), { code: 'usage' });
    const client = link();
    await assert.rejects(client.sendText('early'), { code: 'usage' });
    await client.connect();
    await assert.rejects(client.connect(), { code: 'usage' });
    await assert.rejects(client.sendBinary(new Uint8Array((1 << 20) + 1)), { code: 'usage' });
    await assert.rejects(client.sendText('ü'.repeat((1 << 19) + 1)), { code: 'usage' });
    await client.sendText('ü'.repeat(1 << 19));
    assert.equal((await client.receive()).length, 1 << 19);
});

test('a stream carries bytes until the flow ends', options, async () => {
    const flow = stream('localhost:80');
    await flow.connect();
    assert.deepEqual(node.tokenRequests, [{ peers: { homebox: ['localhost:80'] } }]);
    await flow.write(new TextEncoder().encode('start '));
    await flow.write(new TextEncoder().encode('end'));
    let all = '';
    for await (const bytes of flow) all += new TextDecoder().decode(bytes);
    assert.equal(all, 'START END');
    assert.equal(await flow.read(), null);
});

test('a stream that is refused says why', options, async () => {
    const flow = stream('closed:1');
    await flow.connect();
    await assert.rejects(flow.read(), { code: 'refused', message: 'closed:1: refused' });
});

test('methods are called with a token that permits them', options, async () => {
    node.methods['node.info'] = (params) => ({ version: '1', params });
    const client = new NodeClient(`http://127.0.0.1:${node.port}`, { methods: ['node.info'] });
    assert.deepEqual(await client.call('node.info', { a: 1 }), { version: '1', params: { a: 1 } });
    assert.deepEqual(node.tokenRequests, [{ methods: ['node.info'], expires: 3600 }]);
    node.forgetTokens();
    assert.equal((await client.call('node.info')).version, '1');
    assert.equal(node.tokenRequests.length, 2);
});

test('errors of methods keep their code and hint', options, async () => {
    node.methods['homebox._ping'] = () => {
        throw { code: 4, message: 'homebox: not reachable', data: { hint: 'wake it' } };
    };
    const client = new NodeClient(node.url);
    await assert.rejects(client.ping('homebox'), (error) => {
        assert.ok(error instanceof NodeError);
        assert.deepEqual([error.code, error.hint], [4, 'wake it']);
        return true;
    });
});

test('a token is kept in the storage, and a wrong one is dropped', options, async () => {
    const kept = new Map([['p2pfwd-token', 'old']]);
    const storage = {
        getItem: (name) => kept.get(name) ?? null,
        setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name),
    };
    node.methods['node.info'] = () => 1;
    const client = new NodeClient(node.url, { storage });
    assert.equal(await client.call('node.info'), 1);
    assert.equal(kept.get('p2pfwd-token'), 'token-1');
});

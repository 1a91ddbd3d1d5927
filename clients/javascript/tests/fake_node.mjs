// A node that the test writes: tokens, /jsonrpc, and /v0/ws/proxy whose other end is an echo.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';

/** The package `ws`; null where it is missing. */
export const ws = loadPackage('ws');

function loadPackage(name) {
    try {
        // Finds what is in $NODE_PATH too, such as Debian's packages.
        return createRequire(import.meta.url)(name);
    } catch {
        return null;
    }
}

export class FakeNode {
    /** What came as bodies of PUT /v0/token. */
    tokenRequests = [];
    /** URLs and subprotocols of the WebSockets. */
    opened = [];
    /** The texts and binary frames that came. */
    frames = [];
    /** WebSockets that are open. */
    sockets = new Set();
    /** Milliseconds until UDP_ESTABLISHED follows UDP_WAITING. */
    establishDelay = 0;
    /** Answers every method; throws an object for an error. */
    methods = {};
    /** false: as older servers, which make tokens by GET alone. */
    makesTokensByPut = true;
    /** Handles paths that are not known here, for programs that serve pages too. */
    fallback = null;
    #tokens = new Set();
    #count = 0;
    #http = createServer((request, response) => this.#answer(request, response));
    #server = new ws.WebSocketServer({
        noServer: true, handleProtocols: (offered) => offered.has('p2pfwd') ? 'p2pfwd' : false,
    });

    constructor() {
        this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    }

    async start(port = 0) {
        await new Promise((resolve) => this.#http.listen(port, '127.0.0.1', resolve));
        this.port = this.#http.address().port;
        this.url = `ws://127.0.0.1:${this.port}`;
        return this;
    }

    /** Ends; another one may `start` at the same port. */
    async stop() {
        this.breakSockets();
        this.#http.closeAllConnections();
        await new Promise((resolve) => this.#http.close(resolve));
    }

    /** Breaks every WebSocket, as when the network fails. */
    breakSockets() {
        for (const socket of this.sockets) socket.terminate();
    }

    /** All tokens become invalid. */
    forgetTokens() { this.#tokens.clear(); }

    makeToken() {
        const token = `token-${++this.#count}`;
        this.#tokens.add(token);
        return token;
    }

    async #answer(request, response) {
        const url = new URL(request.url, this.url);
        const body = await text(request);
        const answer = (status, value) => {
            response.writeHead(status, { 'Content-Type': 'application/json' });
            response.end(JSON.stringify(value));
        };
        const bearer = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1];
        switch (url.pathname) {
        case '/v0/token':
            if ((request.method === 'PUT') !== this.makesTokensByPut) return answer(405, {});
            this.tokenRequests.push(body ? JSON.parse(body) : null);
            return answer(200, { token: this.makeToken() });
        case '/v0/token/validate':
            return answer(200, { valid: this.#tokens.has(bearer) });
        case '/jsonrpc':
            if (!this.#tokens.has(bearer)) return answer(401, error('unauthorized', 'no token'));
            return answer(200, this.#call(JSON.parse(body)));
        default:
            if (this.fallback) return this.fallback(url, response);
            return answer(404, error('not_found', 'there is nothing here'));
        }
    }

    #call({ id, method, params }) {
        try {
            const work = this.methods[method];
            if (!work) throw { code: -32601, message: `${method}: there is no such method` };
            return { jsonrpc: '2.0', id, result: work(params) };
        } catch (error) {
            return { jsonrpc: '2.0', id, error };
        }
    }

    #upgrade(request, socket, head) {
        const url = new URL(request.url, this.url);
        const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(/, */);
        const token = protocols.find((name) => name.startsWith('token.'))?.slice(6)
            ?? url.searchParams.get('token');
        if (url.pathname !== '/v0/ws/proxy' || !this.#tokens.has(token)) {
            socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
            return;
        }
        this.opened.push({ query: url.searchParams, protocols });
        this.#server.handleUpgrade(request, socket, head, (webSocket) => {
            this.sockets.add(webSocket);
            webSocket.on('close', () => this.sockets.delete(webSocket));
            webSocket.on('error', () => {});
            const isFlow = url.searchParams.has('peer');
            if (isFlow) serveFlow(webSocket, url.searchParams);
            else this.#serveLink(webSocket, url.searchParams);
        });
    }

    #serveLink(webSocket, query) {
        const id = `${query.get('client_id') ?? 'x'}_${query.get('remote_host')}`;
        const say = (status, message) => webSocket.send(
            JSON.stringify({ type: 'status', status, message, connection_id: id }));
        let hasKey = false;
        const open = (key) => {
            hasKey = true;
            if (key.length < 8) {
                webSocket.send(JSON.stringify({ type: 'error', message: 'the key is too short' }));
                webSocket.close(1008, 'bad key');
                return;
            }
            say('UDP_WAITING', 'Waiting for the remote peer');
            if (this.establishDelay === null) return;
            setTimeout(() => say('UDP_ESTABLISHED', 'established'), this.establishDelay);
        };
        say('CONNECTED', 'WebSocket connected');
        if (query.has('encryption_key')) open(query.get('encryption_key'));
        webSocket.on('message', (data, isBinary) => {
            this.frames.push(isBinary ? data : `${data}`);
            if (isBinary) return webSocket.send(data);
            const message = JSON.parse(`${data}`);
            if (message.type === 'key' && !hasKey) open(message.encryption_key);
            else if (message.data === 'fail!') {
                say('ERROR', 'the link has failed');
                webSocket.close(1011, 'failed');
            } else if (message.data === 'bye!') webSocket.close(1000);
            else webSocket.send(`${data}`);
        });
    }
}

function serveFlow(webSocket, query) {
    if (query.get('target') === 'closed:1') {
        webSocket.send(JSON.stringify({ type: 'error', message: 'closed:1: refused' }));
        webSocket.close(1011, 'refused');
        return;
    }
    webSocket.on('message', (data) => {
        webSocket.send(Buffer.from(`${data}`.toUpperCase()));
        if (`${data}`.endsWith('end')) webSocket.close(1000);
    });
}

function error(code, message) { return { error: { code, message }, detail: message }; }

async function text(stream) {
    let all = '';
    for await (const piece of stream) all += piece;
    return all;
}

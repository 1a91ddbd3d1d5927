// @ts-check
/**
 * Reaches peers through a p2pfwd node, from browsers and Node 18 or newer.
 *
 * - `SRMUDPWebSocketClient` exchanges messages with another end that knows the same key,
 * - `PeerStream` carries the bytes of one flow to a target behind a paired peer,
 * - `NodeClient` calls the control methods of the node.
 *
 * docs/WEB.md of p2pfwd describes what they speak. No dependencies; where there is no global
 * WebSocket (Node before 22), the package `ws` is used, or what `options.WebSocket` names.
 *
 * @license MIT
 */

/**
 * What of a WebSocket is used here; those of browsers and of `ws` have it.
 * @typedef {{
 *   binaryType: string, readyState: number, bufferedAmount: number,
 *   send(data: string | Uint8Array): void, close(code?: number, reason?: string): void,
 *   addEventListener(type: string, listener: (event: any) => void): void }} Socket
 */
/** @typedef {new (url: string, protocols: string[]) => Socket} SocketConstructor */
/**
 * @typedef {object} Options
 * @property {string} [token] of the node; without it one is asked for at the same server, which
 *     gives one to programs of its own user
 * @property {'headers' | 'query'} [secrets] `headers`: the token goes into the subprotocol, the key
 *     into the first message; `query`: both into the URL, for older servers
 * @property {string} [clientID] begins the `connection_id` that the node reports
 * @property {boolean} [reconnect] whether a lost WebSocket is opened again (default: yes)
 * @property {number} [minimumDelay] before the first new attempt, in milliseconds (500)
 * @property {number} [maximumDelay] to which the delay is doubled (30,000)
 * @property {number} [openTimeout] for opening, in milliseconds (10,000)
 * @property {number} [highWaterMark] bytes that may wait in the WebSocket before sending waits
 *     (1 MiB)
 * @property {number} [maximumQueued] bytes that may wait to be received, or to be sent while the
 *     WebSocket is being opened again (64 MiB)
 * @property {SocketConstructor} [WebSocket] another implementation
 * @property {typeof fetch} [fetch] another implementation
 */
/** @typedef {{status: string, message: string, connectionID?: string}} StatusReport */
/** @typedef {{getItem(name: string): string | null, setItem(name: string, value: string): void,
 *   removeItem(name: string): void}} TokenStorage such as `sessionStorage` */

const MIB = 1024 * 1024;
/** Bytes that one message may have. */
const MESSAGE_LIMIT = MIB;
/** Bytes of a flow that one frame carries. */
const PIECE = 256 * 1024;
const PROXY_PATH = '/v0/ws/proxy';
/** The subprotocol that the node agrees to; the token stands beside it and is never echoed. */
const SUBPROTOCOL = 'p2pfwd';
/** Close codes after which another attempt would end alike. */
const FINAL_CODES = new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010]);
const OPEN = 1;

/** What the node says about a link, and what the client adds: `DISCONNECTED`. */
export const Status = Object.freeze({
    /** No WebSocket: before `connect()` and after the end. */
    disconnected: 'DISCONNECTED',
    /** The WebSocket is open. */
    connected: 'CONNECTED',
    /** Nothing heard of the other end so far. */
    waiting: 'UDP_WAITING',
    /** Messages flow. */
    established: 'UDP_ESTABLISHED',
    /** The other end, or the node, is not heard any more; attempts go on. */
    reconnecting: 'RECONNECTING',
    /** The link has failed; its message says why. */
    error: 'ERROR',
});

/** All that this module throws. */
export class ClientError extends Error {
    /**
     * @param {'unauthorized' | 'closed' | 'refused' | 'unreachable' | 'timeout' | 'overflow' |
     *     'unsupported' | 'protocol' | 'usage'} code
     * @param {string} message
     */
    constructor(code, message) {
        super(message);
        this.name = 'ClientError';
        this.code = code;
    }
}

/** The node answered a call with an error; docs/CONTROL.md lists the codes. */
export class NodeError extends Error {
    /** @param {{code?: unknown, message?: unknown, data?: any}} error */
    constructor(error) {
        super(typeof error.message === 'string' ? error.message : 'the call failed');
        this.name = 'NodeError';
        /** @type {number} */
        this.code = typeof error.code === 'number' ? error.code : -32603;
        /** @type {string | undefined} what to try, where the node knows something */
        this.hint = typeof error.data?.hint === 'string' ? error.data.hint : undefined;
    }
}

/**
 * An event with something to tell; `CustomEvent` is missing in Node 18.
 * @template Detail
 */
export class ClientEvent extends Event {
    /**
     * @param {string} type
     * @param {Detail} detail
     */
    constructor(type, detail) {
        super(type);
        this.detail = detail;
    }
}

/**
 * Exchanges messages with the other end of a link: whoever knows the same key at `host:port`. The
 * two punch through their NATs by themselves; messages arrive whole, once and in order. What was
 * under way when the WebSocket itself breaks may be lost: `RECONNECTING` tells.
 *
 *     const client = new SRMUDPWebSocketClient('ws://localhost:17017', '192.0.2.7', 17171, key);
 *     await client.connect();
 *     await client.sendText('Hello');
 *     for await (const message of client) console.log(message);
 *
 * Events: `status` (detail: a StatusReport), `error` (detail: a ClientError that ends nothing by
 * itself), `close` (detail: the ClientError that ended it, or null).
 */
export class SRMUDPWebSocketClient extends EventTarget {
    #url;
    #host;
    #port;
    #key;
    #options;
    #tokens;
    /** @type {Inbox<string | Uint8Array>} */
    #inbox;
    /** @type {Socket | null} */
    #socket = null;
    /**
     * Resolved with an open socket; a new one stands here while there is none.
     * @type {Deferred<Socket>}
     */
    #ready = new Deferred();
    /** @type {'idle' | 'opening' | 'open' | 'reopening' | 'closed'} */
    #phase = 'idle';
    /** @type {Promise<void>} */
    #turn = Promise.resolve();
    #waitingToSend = 0;
    #stop = new AbortController();
    #delay = 0;
    /**
     * What the node said before it closes.
     * @type {ClientError | null}
     */
    #failure = null;
    /** @type {StatusReport} */
    #report = { status: Status.disconnected, message: 'not connected' };

    /**
     * If this is set, messages go to it, and not to `receive()`.
     * @type {((message: string | Uint8Array) => void) | null}
     */
    onmessage = null;

    /**
     * @param {string} url of the node, such as `ws://localhost:17017`, or of its endpoint
     * @param {string} host of the other end, as the node reaches it
     * @param {number} port of the other end (UDP)
     * @param {string} key that both ends know
     * @param {Options} [options]
     */
    constructor(url, host, port, key, options = {}) {
        super();
        if (!Number.isInteger(port) || port < 1 || port > 65535) {
            throw new ClientError('usage', `port ${port} is not in 1...65535`);
        }
        this.#url = endpoint(url, PROXY_PATH);
        this.#host = host;
        this.#port = port;
        this.#key = key;
        this.#options = options;
        const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
        this.#tokens = new TokenSource(this.#url, { links: [place] }, options);
        this.#inbox = new Inbox(options.maximumQueued ?? 64 * MIB);
        this.#delay = options.minimumDelay ?? 500;
    }

    /** The last status: one of `Status`. */
    get status() { return this.#report.status; }

    /** The sentence that belongs to the last status. */
    get statusMessage() { return this.#report.message; }

    /** The node's name of this link, once it has said it. */
    get connectionID() { return this.#report.connectionID; }

    /** Bytes that wait: here, or in the WebSocket. */
    get bufferedAmount() { return this.#waitingToSend + (this.#socket?.bufferedAmount ?? 0); }

    /** Opens the WebSocket; ends when the node has taken the link on, which `status` follows. */
    async connect() {
        if (this.#phase !== 'idle') throw new ClientError('usage', 'connect() was called before');
        this.#phase = 'opening';
        this.#ready.ignoreRejection();
        try {
            await this.#open();
        } catch (error) {
            this.#end(asClientError(error));
            throw error;
        }
    }

    /**
     * Ends when `status` is reached; throws when the link ends before.
     * @param {string} status
     * @param {{timeout?: number}} [limits] in milliseconds
     * @returns {Promise<void>}
     */
    async waitFor(status, limits = {}) {
        if (this.status === status) return;
        if (this.#phase === 'closed') throw this.#inbox.reason;
        /** @type {Deferred<void>} */
        const done = new Deferred();
        const heard = (/** @type {any} */ event) => {
            if (event.detail.status === status) done.resolve();
        };
        const ended = () => done.reject(this.#inbox.reason);
        this.addEventListener('status', heard);
        this.addEventListener('close', ended);
        try {
            await within(limits.timeout, done.promise, `${status} was not reached`);
        } finally {
            this.removeEventListener('status', heard);
            this.removeEventListener('close', ended);
        }
    }

    /**
     * Sends a text of a mebibyte at most; the promise ends when the WebSocket has room for more.
     * @param {string} text
     * @returns {Promise<void>}
     */
    sendText(text) {
        // A character has three bytes of UTF-8 at most for each of its units.
        const isLong = text.length > MESSAGE_LIMIT / 3
            && new TextEncoder().encode(text).length > MESSAGE_LIMIT;
        if (isLong) return Promise.reject(tooLong());
        return this.#send(JSON.stringify({ type: 'data', format: 'text', data: text }));
    }

    /**
     * Sends a mebibyte at most; the promise ends when the WebSocket has room for more.
     * @param {Uint8Array | ArrayBuffer} bytes
     * @returns {Promise<void>}
     */
    sendBinary(bytes) {
        const message = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
        if (message.length > MESSAGE_LIMIT) return Promise.reject(tooLong());
        if (this.#options.secrets !== 'query') return this.#send(message);
        // Older servers know text frames alone.
        const data = toBase64(message);
        return this.#send(JSON.stringify({ type: 'data', format: 'binary', data }));
    }

    /**
     * The next message: a string, or a Uint8Array for binary ones. Throws a ClientError `closed`
     * when the link has ended and all that had arrived was given out.
     * @param {{timeout?: number}} [limits] in milliseconds
     * @returns {Promise<string | Uint8Array>}
     */
    receive(limits = {}) { return this.#inbox.next(limits.timeout); }

    /** Message after message; ends when the link is closed, and throws when it fails. */
    [Symbol.asyncIterator]() { return this.#inbox.iterator(); }

    /** Ends the link; messages that have arrived can still be received. */
    async close() {
        if (this.#phase === 'closed') return;
        if (this.#phase === 'open') await Promise.race([this.#turn, sleep(1000)]);
        const socket = this.#socket;
        this.#end(null);
        if (socket) await closeSocket(socket);
    }

    async #open() {
        const query = new URLSearchParams({
            remote_host: this.#host, remote_port: `${this.#port}`,
        });
        if (this.#options.clientID) query.set('client_id', this.#options.clientID);
        if (this.#options.secrets === 'query') query.set('encryption_key', this.#key);
        else query.set('frames', 'binary');
        /** @type {Deferred<void>} */
        const taken = new Deferred();
        taken.ignoreRejection();
        const socket = await openSocket(this.#url, query, this.#tokens, this.#options, {
            message: (data) => this.#heard(data, taken),
            closed: (code, reason) => {
                const why = `the node closed the link: ${reason || code}`;
                taken.reject(new ClientError('refused', why));
                this.#lost(socket, code, reason);
            },
        });
        if (this.#stop.signal.aborted) {
            socket.close(1000);
            throw new ClientError('closed', 'the link was closed');
        }
        this.#socket = socket;
        if (this.#options.secrets !== 'query') {
            socket.send(JSON.stringify({ type: 'key', encryption_key: this.#key }));
        }
        const limit = this.#options.openTimeout ?? 10_000;
        await within(limit, taken.promise, 'the node does not answer').catch((error) => {
            socket.close(1000);
            throw error;
        });
        this.#phase = 'open';
        this.#delay = this.#options.minimumDelay ?? 500;
        this.#ready.resolve(socket);
    }

    /**
     * @param {unknown} data of one WebSocket message
     * @param {Deferred<void>} taken
     */
    #heard(data, taken) {
        const message = typeof data === 'string' ? parseObject(data) : null;
        if (message?.type === 'data' && typeof message.data === 'string') {
            const isBinary = message.format === 'binary';
            this.#deliver(isBinary ? fromBase64(message.data) : message.data);
        } else if (message?.type === 'status' && typeof message.status === 'string') {
            this.#report = {
                status: message.status, message: `${message.message ?? ''}`,
                connectionID: message.connection_id ?? this.#report.connectionID,
            };
            if (message.status === Status.error) {
                this.#failure = new ClientError('refused', this.#report.message);
                taken.reject(this.#failure);
            } else if (message.status !== Status.connected) {
                // Only now has the node accepted the key.
                taken.resolve();
            }
            this.dispatchEvent(new ClientEvent('status', this.#report));
        } else if (message?.type === 'error') {
            const error = new ClientError('refused', `${message.message ?? message.error ?? ''}`);
            taken.reject(error);
            this.dispatchEvent(new ClientEvent('error', error));
        } else if (data instanceof ArrayBuffer) {
            this.#deliver(new Uint8Array(data));
        }
    }

    /** @param {string | Uint8Array} message */
    #deliver(message) {
        if (this.onmessage) {
            this.onmessage(message);
        } else if (!this.#inbox.add(message, message.length)) {
            const socket = this.#socket;
            this.#end(new ClientError('overflow', 'too much has arrived that nobody received'));
            socket?.close(1000);
        }
    }

    /**
     * @param {Socket} socket
     * @param {number} code
     * @param {string} reason
     */
    #lost(socket, code, reason) {
        if (this.#phase !== 'open' || socket !== this.#socket) return;
        this.#socket = null;
        const why = reason || `the WebSocket closed with ${code}`;
        if (this.#failure || FINAL_CODES.has(code) || this.#options.reconnect === false) {
            const error = this.#failure ?? new ClientError('closed', why);
            this.#end(code === 1000 ? null : error);
            return;
        }
        this.#phase = 'reopening';
        this.#ready = new Deferred();
        this.#ready.ignoreRejection();
        this.#tell(Status.reconnecting, why);
        void this.#reopen();
    }

    async #reopen() {
        while (this.#phase === 'reopening') {
            // Half of it at random, so that the clients of a node do not return all at once.
            await sleep(this.#delay * (0.5 + Math.random() / 2), this.#stop.signal);
            this.#delay = Math.min(this.#delay * 2, this.#options.maximumDelay ?? 30_000);
            if (this.#stop.signal.aborted) return;
            try {
                await this.#open();
            } catch (error) {
                const failure = asClientError(error);
                const isFinal = failure.code === 'unauthorized' || failure.code === 'refused';
                if (isFinal) this.#end(failure);
                else this.#tell(Status.reconnecting, failure.message);
            }
        }
    }

    /**
     * @param {string} status
     * @param {string} message
     */
    #tell(status, message) {
        this.#report = { status, message, connectionID: this.#report.connectionID };
        this.dispatchEvent(new ClientEvent('status', this.#report));
    }

    /**
     * @param {string | Uint8Array} frame
     * @returns {Promise<void>}
     */
    #send(frame) {
        if (this.#phase === 'idle') {
            return Promise.reject(new ClientError('usage', 'connect() comes first'));
        }
        if (this.#waitingToSend + frame.length > (this.#options.maximumQueued ?? 64 * MIB)) {
            return Promise.reject(new ClientError('overflow', 'too much waits to be sent'));
        }
        this.#waitingToSend += frame.length;
        const sent = this.#turn.then(async () => {
            try {
                const socket = await this.#ready.promise;
                socket.send(frame);
                await drained(socket, this.#options);
            } finally {
                this.#waitingToSend -= frame.length;
            }
        });
        this.#turn = sent.catch(() => {});
        return sent;
    }

    /** @param {ClientError | null} error */
    #end(error) {
        if (this.#phase === 'closed') return;
        this.#phase = 'closed';
        this.#socket = null;
        this.#stop.abort();
        this.#inbox.end(error);
        // One for who waits already, one for who comes later.
        this.#ready.reject(this.#inbox.reason);
        this.#ready = new Deferred();
        this.#ready.ignoreRejection();
        this.#ready.reject(this.#inbox.reason);
        this.#tell(error ? Status.error : Status.disconnected, this.#inbox.reason.message);
        this.dispatchEvent(new ClientEvent('close', error));
    }
}

/**
 * The bytes of one flow to `target` behind the paired peer `peer`, in both directions; the token
 * must permit it.
 *
 *     const stream = new PeerStream('ws://localhost:17017', 'homebox', 'localhost:80');
 *     await stream.connect();
 *     await stream.write(new TextEncoder().encode('GET / HTTP/1.0\r\n\r\n'));
 *     for await (const bytes of stream) ...
 */
export class PeerStream {
    #url;
    #peer;
    #target;
    #options;
    #tokens;
    /** @type {Inbox<Uint8Array>} */
    #inbox;
    /** @type {Socket | null} */
    #socket = null;
    /** @type {Promise<void>} */
    #turn = Promise.resolve();

    /**
     * @param {string} url of the node, or of its endpoint
     * @param {string} peer its name
     * @param {string} target `host:port`, as the peer reaches it
     * @param {Options} [options]
     */
    constructor(url, peer, target, options = {}) {
        this.#url = endpoint(url, PROXY_PATH);
        this.#peer = peer;
        this.#target = target;
        this.#options = options;
        this.#tokens = new TokenSource(this.#url, { peers: { [peer]: [target] } }, options);
        this.#inbox = new Inbox(options.maximumQueued ?? 64 * MIB);
    }

    /**
     * Opens the WebSocket. The node reaches the peer and its target meanwhile: what is written
     * waits there, and a refusal is thrown by `read()`.
     */
    async connect() {
        if (this.#socket) throw new ClientError('usage', 'connect() was called before');
        const query = new URLSearchParams({ peer: this.#peer, target: this.#target });
        this.#socket = await openSocket(this.#url, query, this.#tokens, this.#options, {
            message: (data) => this.#heard(data),
            closed: (code, reason) => {
                const error = new ClientError('closed', reason || `the flow ended with ${code}`);
                this.#inbox.end(code === 1000 ? null : error);
            },
        });
    }

    /**
     * The promise ends when there is room for more.
     * @param {Uint8Array | ArrayBuffer} bytes
     * @returns {Promise<void>}
     */
    write(bytes) {
        const socket = this.#socket;
        if (!socket) return Promise.reject(new ClientError('usage', 'connect() comes first'));
        const all = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
        const sent = this.#turn.then(async () => {
            for (let start = 0; start < all.length; start += PIECE) {
                if (socket.readyState !== OPEN) throw this.#inbox.reason;
                socket.send(all.subarray(start, start + PIECE));
                await drained(socket, this.#options);
            }
        });
        this.#turn = sent.catch(() => {});
        return sent;
    }

    /**
     * The next bytes, or null at the end of the flow.
     * @returns {Promise<Uint8Array | null>}
     */
    async read() {
        const { value, done } = await this.#inbox.iterator().next();
        return done ? null : value;
    }

    [Symbol.asyncIterator]() { return this.#inbox.iterator(); }

    async close() {
        await Promise.race([this.#turn, sleep(1000)]);
        this.#inbox.end(null);
        if (this.#socket) await closeSocket(this.#socket);
    }

    /** @param {unknown} data */
    #heard(data) {
        if (data instanceof ArrayBuffer) {
            if (this.#inbox.add(new Uint8Array(data), data.byteLength)) return;
            this.#inbox.end(new ClientError('overflow', 'too much has arrived unread'));
            this.#socket?.close(1000);
            return;
        }
        // The only text that comes says why the flow is refused or broken.
        const message = typeof data === 'string' ? parseObject(data) : null;
        if (message?.type === 'error') {
            const why = `${message.message ?? 'the flow failed'}`;
            this.#inbox.end(new ClientError('refused', why));
        }
    }
}

/**
 * Calls the control methods of a node (docs/CONTROL.md) at `/jsonrpc`.
 *
 *     const node = new NodeClient('http://localhost:17017', { methods: ['node.status'] });
 *     const status = await node.call('node.status', { flows: true });
 */
export class NodeClient {
    #url;
    #options;
    #tokens;
    #lastID = 0;

    /**
     * @param {string} url of the node
     * @param {Options & {methods?: string[], expires?: number, timeout?: number,
     *     storage?: TokenStorage}} [options] `methods`: what the token that is asked for may call,
     *     for `expires` seconds; `timeout` of a call in milliseconds (10,000); `storage`: keeps the
     *     token between pages
     */
    constructor(url, options = {}) {
        this.#url = endpoint(url, '/jsonrpc');
        this.#options = options;
        const wanted = { methods: options.methods ?? ['*'], expires: options.expires ?? 3600 };
        this.#tokens = new TokenSource(this.#url, wanted, options, options.storage);
    }

    /**
     * Uses this token from now on, such as one that a person has entered.
     * @param {string} token
     */
    useToken(token) { this.#tokens.use(token); }

    /**
     * @param {string} method
     * @param {Record<string, unknown>} [params]
     * @returns {Promise<any>} the result; throws NodeError where the node refuses
     */
    async call(method, params = {}) {
        const answer = await this.#post(method, params) ?? await this.#post(method, params);
        if (!answer) {
            throw new ClientError('unauthorized', 'the node does not accept the token');
        }
        return answer.result;
    }

    /**
     * Asks a peer whether it is there: its version and time, `params` as it got them, and the path.
     * @param {string} peer
     * @param {Record<string, unknown>} [params]
     * @returns {Promise<any>}
     */
    ping(peer, params = {}) { return this.call(`${peer}._ping`, params); }

    /**
     * The answer; null if the token was refused, and another one may be tried.
     * @param {string} method
     * @param {Record<string, unknown>} params
     * @returns {Promise<{result: any} | null>}
     */
    async #post(method, params) {
        const token = await this.#tokens.get();
        const id = ++this.#lastID;
        const response = await request(this.#options, this.#url, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
            body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
        });
        if (response.status === 401) {
            this.#tokens.forget();
            return null;
        }
        const answer = parseObject(await response.text());
        if (answer?.jsonrpc === '2.0' && answer.error) throw new NodeError(answer.error);
        if (!response.ok) throw await refusal(response, answer);
        if (answer?.jsonrpc !== '2.0' || answer.id !== id || !('result' in answer)) {
            throw new ClientError('protocol', 'the answer is not one of JSON-RPC');
        }
        return { result: answer.result };
    }
}

/** Where a token comes from: it was given, it is stored, or the node makes one. */
class TokenSource {
    #url;
    #permissions;
    #options;
    #storage;
    /** @type {string | null} */
    #token;
    #isGiven;
    /** @type {Promise<string> | null} */
    #making = null;

    /**
     * @param {URL} url any of the server
     * @param {Record<string, unknown>} permissions of a token that is made
     * @param {Options} options
     * @param {TokenStorage} [storage]
     */
    constructor(url, permissions, options, storage) {
        this.#url = new URL('/v0/token', url);
        this.#url.protocol = url.protocol.replace('ws', 'http');
        this.#permissions = permissions;
        this.#options = options;
        this.#storage = storage;
        this.#token = options.token ?? storage?.getItem('p2pfwd-token') ?? null;
        this.#isGiven = options.token !== undefined;
    }

    /** @returns {Promise<string>} */
    async get() {
        if (this.#token) return this.#token;
        this.#making ??= this.#make().finally(() => { this.#making = null; });
        return this.#making;
    }

    /** @param {string} token that is used from now on */
    use(token) {
        this.#token = token;
        this.#storage?.setItem('p2pfwd-token', token);
    }

    /** The token is not accepted: the next `get()` makes another, unless this one was given. */
    forget() {
        if (this.#isGiven) return;
        this.#token = null;
        this.#storage?.removeItem('p2pfwd-token');
    }

    /** Whether the node knows the token; null where it cannot be found out. */
    async isValid() {
        if (!this.#token) return null;
        try {
            const url = new URL('/v0/token/validate', this.#url);
            const headers = { Authorization: `Bearer ${this.#token}` };
            const response = await request(this.#options, url, { headers });
            const answer = parseObject(await response.text());
            return typeof answer?.valid === 'boolean' ? answer.valid : null;
        } catch {
            return null;
        }
    }

    /** @returns {Promise<string>} */
    async #make() {
        let response = await request(this.#options, this.#url, {
            method: 'PUT', headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(this.#permissions),
        });
        // Older servers make tokens by GET alone.
        if (response.status === 405) response = await request(this.#options, this.#url, {});
        const answer = parseObject(await response.text());
        if (!response.ok) throw await refusal(response, answer);
        if (typeof answer?.token !== 'string') {
            throw new ClientError('protocol', 'the answer has no token');
        }
        this.use(answer.token);
        return answer.token;
    }
}

/**
 * What has arrived and was not received, up to a bound.
 * @template Item
 */
class Inbox {
    #limit;
    #count = 0;
    /** @type {{item: Item, count: number}[]} */
    #items = [];
    /** @type {Deferred<Item>[]} */
    #receivers = [];
    /** @type {ClientError | null | undefined} */
    #ended;

    /** @param {number} limit in bytes */
    constructor(limit) { this.#limit = limit; }

    /** Why nothing more will come. */
    get reason() { return this.#ended ?? new ClientError('closed', 'the link was closed'); }

    /**
     * @param {Item} item
     * @param {number} count its bytes
     * @returns {boolean} false: there is no room
     */
    add(item, count) {
        if (this.#ended !== undefined) return true;
        const receiver = this.#receivers.shift();
        if (receiver) {
            receiver.resolve(item);
            return true;
        }
        if (this.#count + count > this.#limit) return false;
        this.#count += count;
        this.#items.push({ item, count });
        return true;
    }

    /** @param {ClientError | null} error null: an ordinary end */
    end(error) {
        if (this.#ended !== undefined) return;
        this.#ended = error;
        for (const receiver of this.#receivers.splice(0)) receiver.reject(this.reason);
    }

    /**
     * @param {number} [timeout] in milliseconds
     * @returns {Promise<Item>}
     */
    async next(timeout) {
        const first = this.#items.shift();
        if (first) {
            this.#count -= first.count;
            return first.item;
        }
        if (this.#ended !== undefined) throw this.reason;
        /** @type {Deferred<Item>} */
        const receiver = new Deferred();
        this.#receivers.push(receiver);
        try {
            return await within(timeout, receiver.promise, 'nothing has arrived');
        } finally {
            const index = this.#receivers.indexOf(receiver);
            if (index >= 0) this.#receivers.splice(index, 1);
        }
    }

    /** @returns {AsyncIterableIterator<Item>} */
    iterator() {
        const next = async () => {
            try {
                return { value: await this.next(), done: false };
            } catch (error) {
                const isEnd = error instanceof ClientError && error.code === 'closed';
                if (this.#ended !== null || !isEnd) throw error;
                return { value: undefined, done: true };
            }
        };
        const iterator = { next, [Symbol.asyncIterator]: () => iterator };
        return /** @type {AsyncIterableIterator<Item>} */ (iterator);
    }
}

/**
 * A promise, and what settles it.
 * @template Value
 */
class Deferred {
    /** @type {(value: Value) => void} */
    resolve = () => {};
    /** @type {(reason: unknown) => void} */
    reject = () => {};

    constructor() {
        /** @type {Promise<Value>} */
        this.promise = new Promise((resolve, reject) => {
            this.resolve = resolve;
            this.reject = reject;
        });
    }

    /** Without this, a rejection that nobody waits for would end a Node process. */
    ignoreRejection() { this.promise.catch(() => {}); }
}

/**
 * An open WebSocket; `heard` is called for all that follows.
 * @param {URL} url
 * @param {URLSearchParams} query without the token
 * @param {TokenSource} tokens
 * @param {Options} options
 * @param {{message(data: unknown): void, closed(code: number, reason: string): void}} heard
 * @returns {Promise<Socket>}
 */
async function openSocket(url, query, tokens, options, heard) {
    const Implementation = options.WebSocket ?? await defaultImplementation();
    const token = await tokens.get();
    const isInQuery = options.secrets === 'query';
    const address = new URL(url);
    if (isInQuery) query.set('token', token);
    for (const [name, value] of query) address.searchParams.set(name, value);
    const protocols = isInQuery ? [] : [SUBPROTOCOL, `token.${token}`];
    /** @type {Deferred<void>} */
    const opened = new Deferred();
    let isOpen = false;
    let detail = '';
    const socket = new Implementation(address.href, protocols);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => { isOpen = true; opened.resolve(); });
    socket.addEventListener('error', (event) => { detail ||= `${event.message ?? ''}`; });
    socket.addEventListener('message', (event) => heard.message(event.data));
    socket.addEventListener('close', (event) => {
        if (isOpen) heard.closed(event.code, event.reason);
        const why = detail ? `: ${detail}` : '';
        opened.reject(new ClientError('unreachable', `no WebSocket to ${url.host}${why}`));
    });
    try {
        await within(options.openTimeout ?? 10_000, opened.promise, `${url.host} does not answer`);
    } catch (error) {
        socket.close();
        // Browsers do not say why the node refused; a token that it does not know is one reason.
        if (await tokens.isValid() === false) {
            tokens.forget();
            if (options.token !== undefined) {
                throw new ClientError('unauthorized', 'the node does not accept the token');
            }
        }
        throw error;
    }
    return socket;
}

/** @returns {Promise<SocketConstructor>} */
async function defaultImplementation() {
    if (typeof WebSocket === 'function') return /** @type {any} */ (WebSocket);
    // Names in variables, so that tools for browsers do not look for these modules.
    const [name, modules] = ['ws', 'node:module'];
    try {
        return (await import(name)).WebSocket;
    } catch {
        try {
            // Finds what is in $NODE_PATH too, such as Debian's packages.
            const { createRequire } = await import(modules);
            return createRequire(import.meta.url)(name).WebSocket;
        } catch {
            throw new ClientError(
                'unsupported', 'there is no WebSocket: install the package ws, or use Node 22');
        }
    }
}

/**
 * Ends when at most half of the mark waits, if more than it does; no event tells of that.
 * @param {Socket} socket
 * @param {Options} options
 */
async function drained(socket, options) {
    const mark = options.highWaterMark ?? MIB;
    if (socket.bufferedAmount <= mark) return;
    while (socket.readyState === OPEN && socket.bufferedAmount > mark / 2) await sleep(4);
}

/**
 * @param {Socket} socket
 * @returns {Promise<void>}
 */
async function closeSocket(socket) {
    if (socket.readyState === 3) return;
    /** @type {Deferred<void>} */
    const closed = new Deferred();
    socket.addEventListener('close', () => closed.resolve());
    socket.close(1000);
    await Promise.race([closed.promise, sleep(2000)]);
}

/**
 * @param {Options & {timeout?: number}} options
 * @param {URL} url
 * @param {RequestInit} init
 * @returns {Promise<Response>}
 */
async function request(options, url, init) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), options.timeout ?? 10_000);
    try {
        return await (options.fetch ?? fetch)(url.href, {
            cache: 'no-store', credentials: 'omit', ...init, signal: controller.signal,
        });
    } catch {
        const why = controller.signal.aborted ? 'does not answer' : 'cannot be reached';
        throw new ClientError('unreachable', `${url.host} ${why}`);
    } finally {
        clearTimeout(timer);
    }
}

/**
 * @param {Response} response
 * @param {Record<string, any> | null} answer its body
 * @returns {Promise<ClientError>}
 */
async function refusal(response, answer) {
    const message = answer?.error?.message ?? answer?.detail;
    const isUnauthorized = response.status === 401 || response.status === 403;
    return new ClientError(
        isUnauthorized ? 'unauthorized' : 'refused',
        typeof message === 'string' ? message : `the node answered ${response.status}`);
}

/**
 * `url` with a path, if it has none; of http and https for calls, of ws and wss for WebSockets.
 * @param {string} url
 * @param {string} path
 * @returns {URL}
 */
function endpoint(url, path) {
    const address = new URL(url);
    const isSecure = address.protocol === 'https:' || address.protocol === 'wss:';
    if (!isSecure && address.protocol !== 'http:' && address.protocol !== 'ws:') {
        throw new ClientError('usage', `${address.protocol} is not the scheme of a node`);
    }
    const isSocket = path === PROXY_PATH;
    address.protocol = `${isSocket ? 'ws' : 'http'}${isSecure ? 's' : ''}:`;
    if (address.pathname === '/') address.pathname = path;
    return address;
}

/**
 * @template Value
 * @param {number | undefined} milliseconds undefined: without limit
 * @param {Promise<Value>} promise
 * @param {string} what of the error
 * @returns {Promise<Value>}
 */
async function within(milliseconds, promise, what) {
    if (milliseconds === undefined) return promise;
    /** @type {Deferred<never>} */
    const late = new Deferred();
    const timer = setTimeout(() => late.reject(new ClientError('timeout', what)), milliseconds);
    try {
        return await Promise.race([promise, late.promise]);
    } finally {
        clearTimeout(timer);
    }
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} [signal] ends it early
 * @returns {Promise<void>}
 */
function sleep(milliseconds, signal) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        // What only waits shall not keep a Node process alive when all else has ended.
        if (!signal && typeof timer === 'object') /** @type {any} */ (timer).unref?.();
        const stop = () => { clearTimeout(timer); resolve(); };
        signal?.addEventListener('abort', stop, { once: true });
    });
}

function tooLong() {
    return new ClientError('usage', `a message has ${MESSAGE_LIMIT} bytes at most`);
}

/**
 * @param {unknown} error
 * @returns {ClientError}
 */
function asClientError(error) {
    return error instanceof ClientError ? error : new ClientError('protocol', `${error}`);
}

/**
 * @param {string} text
 * @returns {Record<string, any> | null}
 */
function parseObject(text) {
    try {
        const value = JSON.parse(text);
        return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
    } catch {
        return null;
    }
}

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
function toBase64(bytes) {
    let binary = '';
    // In pieces, since the arguments of a call are limited.
    for (let start = 0; start < bytes.length; start += 8192) {
        binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
    }
    return btoa(binary);
}

/**
 * @param {string} text
 * @returns {Uint8Array}
 */
function fromBase64(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
    return bytes;
}

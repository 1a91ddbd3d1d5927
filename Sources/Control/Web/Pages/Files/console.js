// Opens /v0/ws/proxy by hand, and shows what it says.

import { PeerStream, SRMUDPWebSocketClient, Status } from './client.js';
import { byID, bytes, clock, element, setText } from './page.js';

const ENTRIES = 1000;
/** Characters of a message that are shown. */
const SHOWN = 4096;

const form = byID('connect-form');
const log = byID('log');
/** What is open: `send(kind, value)` and `close()`; null without. */
let open = null;

function showMode() {
    const isLink = form.elements.mode.value === 'link';
    byID('link-fields').hidden = !isLink;
    byID('flow-fields').hidden = isLink;
    byID('client-id').hidden = !isLink;
    // Fields that are not shown must not be asked for.
    for (const field of byID('link-fields').querySelectorAll('input')) field.disabled = !isLink;
    for (const field of byID('flow-fields').querySelectorAll('input')) field.disabled = isLink;
}

function showState(status, message) {
    const pill = byID('state');
    setText(pill, status);
    pill.className = `pill ${{
        [Status.established]: 'direct', [Status.waiting]: 'relayed', [Status.connected]: 'relayed',
        [Status.reconnecting]: 'silent', [Status.error]: 'silent',
    }[status] ?? ''}`;
    setText(byID('state-message'), message);
}

function showOpen() {
    byID('connect').disabled = open !== null;
    byID('disconnect').disabled = open === null;
    byID('send').disabled = byID('message').disabled = open === null;
}

/** Adds a line to what was said; the oldest go. */
function add(kind, mark, text, note = '') {
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.append(element('li', { class: kind },
        element('time', {}, clock(new Date(), true)),
        element('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
        element('span', { class: 'hidden' }, kind), element('span', { class: 'said' }, text),
        element('span', { class: 'note quiet' }, note)));
    while (log.childElementCount > ENTRIES) log.firstElementChild.remove();
    if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function addMessage(kind, mark, value) {
    if (typeof value === 'string') {
        const rest = value.length > SHOWN ? `, ${value.length - SHOWN} more not shown` : '';
        add(kind, mark, value.slice(0, SHOWN), `text${rest}`);
    } else {
        const rest = value.length > SHOWN / 4 ? ', the first part' : '';
        const digits = hex(value.subarray(0, SHOWN / 4));
        add(`${kind} binary`, mark, digits, `${bytes(value.length)}${rest}`);
    }
}

function hex(value) {
    return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** The bytes of `48 65 6c` or `48656c`; null where it is none. */
function fromHex(text) {
    const digits = text.replace(/[\s,:]|0x/gi, '');
    if (digits.length === 0 || digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return null;
    return Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
}

async function openLink(fields, options) {
    const client = new SRMUDPWebSocketClient(
        location.origin, fields.host.value.trim(), Number(fields.port.value), fields.key.value,
        { ...options, clientID: fields.client.value.trim() || undefined });
    client.addEventListener('status', ({ detail }) => {
        showState(detail.status, detail.message);
        add('status', '·', detail.status, detail.message);
        if (detail.connectionID) byID('state').title = detail.connectionID;
    });
    client.addEventListener('error', ({ detail }) => add('problem', '!', detail.message));
    client.addEventListener('close', () => { open = null; showOpen(); });
    client.onmessage = (message) => addMessage('received', '←', message);
    open = {
        send: (value) => (
            typeof value === 'string' ? client.sendText(value) : client.sendBinary(value)),
        close: () => client.close(),
    };
    await client.connect();
}

async function openFlow(fields, options) {
    const stream = new PeerStream(
        location.origin, fields.peer.value.trim(), fields.target.value.trim(), options);
    const said = (status, message) => {
        showState(status, message);
        add('status', '·', status, message);
    };
    open = {
        send: (value) => stream.write(
            typeof value === 'string' ? new TextEncoder().encode(value) : value),
        close: () => stream.close(),
    };
    await stream.connect();
    said(Status.connected, `${fields.target.value.trim()} at ${fields.peer.value.trim()}`);
    void receive(stream, said);
}

async function receive(stream, said) {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    try {
        for await (const piece of stream) {
            let shown = piece;
            try { shown = decoder.decode(piece); } catch { /* not text: shown in hex */ }
            addMessage('received', '←', shown);
        }
        said(Status.disconnected, 'the flow has ended');
    } catch (error) {
        said(Status.error, error.message);
    }
    open = null;
    showOpen();
}

form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const fields = form.elements;
    const options = {
        token: fields.token.value.trim() || undefined,
        secrets: fields.query.checked ? 'query' : 'headers',
        reconnect: fields.reconnect.checked,
    };
    byID('connect').disabled = true;
    try {
        const isLink = fields.mode.value === 'link';
        const opening = isLink ? openLink(fields, options) : openFlow(fields, options);
        showOpen();
        await opening;
        byID('message').focus();
    } catch (error) {
        open = null;
        showState(Status.error, error.message);
        add('problem', '!', error.message);
    }
    showOpen();
});

byID('disconnect').addEventListener('click', () => open?.close());
byID('clear').addEventListener('click', () => log.replaceChildren());
for (const choice of form.elements.mode) choice.addEventListener('change', showMode);

byID('send-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const field = byID('message');
    const isHex = byID('send-form').elements.format.value === 'hex';
    const value = isHex ? fromHex(field.value) : field.value;
    setText(byID('send-error'), value === null ? 'That is not hex: write pairs of digits.' : '');
    // What is said below takes room from the log.
    log.scrollTop = log.scrollHeight;
    if (value === null || value.length === 0 || !open) return;
    field.value = '';
    addMessage('sent', '→', value);
    try {
        await open.send(value);
    } catch (error) {
        add('problem', '!', error.message);
    }
});

byID('message').addEventListener('keydown', (event) => {
    // Shift and Enter begin a new line; so does Enter while an input method composes.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    byID('send-form').requestSubmit();
});

showMode();
showOpen();

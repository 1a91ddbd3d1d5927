// What the node does, sampled every two seconds.

import { ClientError, NodeClient } from './client.js';
import { byID, bytes, clock, duration, element, fill, rate, roundTrip, setText } from './page.js';
import { Plot } from './plot.js';

const SAMPLE_MILLISECONDS = 2000;
/** Five minutes. */
const CAPACITY = 150;
/** Peers and events change rarely, and are many: they are asked for with every third sample. */
const SELDOM = 3;
const EVENTS_SHOWN = 200;
/** More flows than these are counted, and not listed. */
const FLOWS_SHOWN = 500;
const TOPICS = ['node', 'session', 'path', 'server', 'forward', 'flow', 'pair'];
const METHODS = [
    'node.info', 'node.status', 'events.recent', 'peers.list', 'forward.list', 'flow.list',
];

const node = new NodeClient(location.origin, {
    methods: METHODS, expires: 12 * 3600, storage: sessionStorage, timeout: 8000,
});
/** By peer: what its plots show. */
const histories = new Map();
let info = null;
let peers = [];
let events = [];
let flowCount = 0;
let lastHeard = null;
let round = 0;
let sleeper = null;

async function sample() {
    const status = await node.call('node.status', { flows: flowCount <= FLOWS_SHOWN });
    flowCount = status.sessions.reduce((total, session) => total + session.flows, 0);
    if (!info || info.pid !== status.pid) info = await node.call('node.info');
    if (round++ % SELDOM === 0) {
        peers = (await node.call('peers.list')).peers;
        events = (await node.call('events.recent', { topics: TOPICS })).events;
        showEvents();
    }
    lastHeard = new Date();
    record(status.sessions);
    show(status);
}

/** Asks for ever; a node that is gone is asked again until it is back. */
async function run() {
    for (;;) {
        let pause = SAMPLE_MILLISECONDS;
        try {
            await sample();
            showProblem(null);
        } catch (error) {
            round = 0;
            if (error instanceof ClientError && error.code === 'unauthorized') {
                await askForToken(error);
                pause = 0;
            } else {
                record([]);
                showProblem(error);
            }
        }
        // Nobody looks: a sample now and then keeps the plots whole enough.
        if (document.hidden) pause = 5 * SAMPLE_MILLISECONDS;
        await new Promise((resolve) => { sleeper = resolve; setTimeout(resolve, pause); });
    }
}

document.addEventListener('visibilitychange', () => { if (!document.hidden) sleeper?.(); });

/** One more sample for each peer; null where it is not connected. */
function record(sessions) {
    for (const session of sessions) {
        if (!histories.has(session.peer)) histories.set(session.peer, []);
    }
    for (const [peer, samples] of histories) {
        samples.push(sessions.find((session) => session.peer === peer) ?? null);
        if (samples.length > CAPACITY) samples.shift();
        if (samples.every((one) => one === null)) histories.delete(peer);
    }
}

function showProblem(error) {
    const banner = byID('banner');
    document.body.classList.toggle('stale', error !== null);
    banner.hidden = error === null;
    if (!error) return;
    const isGone = error instanceof ClientError && error.code !== 'refused';
    const since = lastHeard ? ` It was last heard at ${clock(lastHeard)}.` : '';
    setText(banner, isGone
        ? `The node does not answer.${since} This page goes on by itself when it is back.`
        : `The node refuses to answer: ${error.message}`);
    setText(byID('node-line'), isGone ? 'not running, or not reachable' : error.message);
}

/** Ends when somebody has entered a token. */
function askForToken(error) {
    const form = byID('token-form');
    const wanted = JSON.stringify({ methods: METHODS, expires: 12 * 3600 });
    // By this name the node knows that the request comes from its own machine.
    const place = `${location.protocol}//localhost${location.port ? `:${location.port}` : ''}`;
    setText(byID('token-command'), [
        `curl -X PUT ${place}/v0/token \\`,
        `     -H 'Content-Type: application/json' \\`,
        `     -d '${wanted}'`,
    ].join('\n'));
    setText(byID('node-line'), 'a token is needed');
    setText(byID('token-error'), form.dataset.used ? 'The node does not accept this token.' : '');
    byID('live').hidden = true;
    byID('banner').hidden = true;
    form.hidden = false;
    form.title = error.message;
    byID('token').focus();
    return new Promise((resolve) => {
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            node.useToken(byID('token').value.trim());
            byID('token').value = '';
            form.dataset.used = 'yes';
            form.hidden = true;
            byID('live').hidden = false;
            resolve();
        }, { once: true });
    });
}

function show(status) {
    setText(byID('node-name'), info.label || 'p2pfwd');
    setText(byID('node-line'), `${status.address} · ${info.command}, version ${info.version}`);
    document.title = `${info.label || 'p2pfwd'} – status`;
    setText(byID('footer'), `Node ${status.id} · process ${status.pid}`);
    const up = status.sessions.filter((session) => session.state === 'up');
    const sum = (name) => up.reduce((total, session) => total + session[name], 0);
    const known = new Set(peers.map((peer) => peer.name));
    for (const session of status.sessions) known.add(session.peer);
    setText(byID('tile-peers'), `${up.length} of ${known.size}`);
    setText(byID('tile-received'), rate(sum('receivedBitsPerSecond')));
    setText(byID('tile-sent'), rate(sum('sentBitsPerSecond')));
    setText(byID('tile-flows'), `${flowCount}`);
    setText(byID('tile-uptime'), duration(status.uptimeSeconds));
    showSessions(status.sessions);
    showForwards(status.groups);
    showFlows(status.flows);
    showServers(status.servers);
}

function showSessions(sessions) {
    const sorted = [...sessions].sort((a, b) => a.peer.localeCompare(b.peer));
    fill(byID('sessions'), sorted, (session) => session.peer, makeSession, changeSession);
    const connected = new Set(sessions.map((session) => session.peer));
    const absent = peers.map((peer) => peer.name).filter((name) => !connected.has(name));
    let text = absent.length > 0 ? `Not connected: ${absent.sort().join(', ')}` : '';
    if (sessions.length + absent.length === 0) text = 'none; p2pfwd pair adds one';
    setText(byID('absent'), text);
}

const FIGURES = [
    ['Round trip', (session) => roundTrip(session.rttMicroseconds)],
    ['Best', (session) => roundTrip(session.minimumRTTMicroseconds)],
    ['Loss', (session) => `${(session.lossPermille / 10).toFixed(1)} %`],
    ['Flows', (session) => `${session.flows}`],
    ['Received', (session) => bytes(session.bytesReceived)],
    ['Sent', (session) => bytes(session.bytesSent)],
];

function makeSession(session) {
    const traffic = new Plot('Rate', [
        { name: 'received', className: 'received', isFilled: true,
            value: (one) => one.receivedBitsPerSecond },
        { name: 'sent', className: 'sent', value: (one) => one.sentBitsPerSecond },
    ], { format: rate, smallest: 10_000, capacity: CAPACITY });
    const trips = new Plot('Round trip', [
        { name: '', className: 'trip', value: (one) => one.rttMicroseconds },
    ], { format: roundTrip, smallest: 1000, capacity: CAPACITY });
    const figures = element('dl', { class: 'figures' }, ...FIGURES.map(
        ([name]) => element('div', {}, element('dt', {}, name), element('dd', {}, '–'))));
    const card = element('article', { class: 'card session', 'aria-label': session.peer },
        element('header', {}, element('h3', {}, session.peer), element('span', { class: 'pill' })),
        element('p', { class: 'path' }), element('p', { class: 'why', hidden: '' }), figures,
        traffic.figure, trips.figure,
        element('p', { class: 'axis quiet', 'aria-hidden': 'true' },
            element('span', {}, '5 min ago'), element('span', {}, 'now')));
    card.plots = [traffic, trips];
    return card;
}

/** What the pill says, and its colour. */
function verdict(session) {
    if (session.state !== 'up') return [session.state, session.state];
    return [session.kind || 'up', session.kind.startsWith('relayed') ? 'relayed' : 'direct'];
}

function changeSession(card, session) {
    const pill = card.querySelector('.pill');
    const [word, className] = verdict(session);
    setText(pill, word);
    pill.className = `pill ${className}`;
    const up = session.upSeconds === null ? '' : `, for ${duration(session.upSeconds)}`;
    setText(card.querySelector('.path'), `${session.path || 'no path yet'}${up}`);
    const why = card.querySelector('.why');
    why.hidden = !session.whyRelayed;
    setText(why, session.whyRelayed ?? '');
    card.querySelectorAll('.figures dd').forEach(
        (value, index) => setText(value, FIGURES[index][1](session)));
    for (const plot of card.plots) plot.update(histories.get(session.peer) ?? []);
}

/** A row whose cells know the names of their columns, which stand beside them on narrow screens. */
function makeRow(names, numbersFrom) {
    return () => element('tr', {}, ...names.map((name, index) => element('td', {
        'data-name': name, ...(index >= numbersFrom ? { class: 'number' } : {}),
    })));
}

function changeRow(cellsOf) {
    return (row, item) => cellsOf(item).forEach((text, index) => setText(row.cells[index], text));
}

function showTable(name, items, keyOf, names, numbersFrom, cellsOf) {
    fill(byID(name), items, keyOf, makeRow(names, numbersFrom), changeRow(cellsOf));
    byID(name).closest('table').hidden = items.length === 0;
    const none = byID(`no-${name}`);
    if (none) none.hidden = items.length > 0;
}

const KINDS = { local: '-L', remote: '-R', dynamic: '-D' };

function showForwards(groups) {
    const forwards = groups.flatMap(
        (group) => group.forwards.map((forward) => ({ ...forward, peer: group.peer })));
    showTable('forwards', forwards, (forward) => forward.forward,
        ['Listens at', 'Leads to', 'Peer', 'State', 'Flows', 'Sent', 'Received'], 4,
        (forward) => [
            `${KINDS[forward.kind] ?? forward.kind} ${placeText(forward)}`,
            forward.target ?? 'anywhere', forward.peer, forward.state,
            flowsText(forward), bytes(forward.bytesSent), bytes(forward.bytesReceived),
        ]);
}

function placeText(forward) {
    const places = forward.places.join(', ') || `${forward.requested ?? ''}`;
    return forward.protocol === 'tcp' ? places : `${places} (${forward.protocol})`;
}

function flowsText(forward) {
    const refused = forward.refusedFlows > 0 ? `, ${forward.refusedFlows} refused` : '';
    return `${forward.flows} of ${forward.openedFlows}${refused}`;
}

function showFlows(flows) {
    const newest = [...flows].sort((a, b) => a.ageSeconds - b.ageSeconds).slice(0, FLOWS_SHOWN);
    const isTooMany = flowCount > FLOWS_SHOWN;
    setText(byID('no-flows'), isTooMany ? `${flowCount}: too many to list` : 'none');
    showTable('flows', newest, (flow) => flow.flow,
        ['Target', 'Peer', 'Asked by', 'State', 'Age', 'Sent', 'Received'], 4,
        (flow) => [
            flow.request, flow.peer, flow.served ? 'the peer' : flow.forward ?? 'this side',
            flow.connected ? 'open' : 'opening', duration(flow.ageSeconds), bytes(flow.sentBytes),
            bytes(flow.receivedBytes),
        ]);
}

function showServers(servers) {
    byID('servers-section').hidden = servers.length === 0;
    showTable('servers', servers, (server) => server.name, ['Server', 'State', 'It sees us at'], 9,
        (server) => [server.name, server.state, server.observed ?? '–']);
}

function showEvents() {
    const topics = byID('topic').value.split(' ').filter(Boolean);
    // The same second may have several events of the same text: the place among those counts.
    const counts = new Map();
    const keyed = events.map((event) => {
        const text = `${event.time} ${event.topic} ${event.text}`;
        const count = (counts.get(text) ?? 0) + 1;
        counts.set(text, count);
        return { ...event, key: `${text} ${count}` };
    });
    const shown = keyed.filter((event) => topics.length === 0 || topics.includes(event.topic))
        .slice(-EVENTS_SHOWN).reverse();
    fill(byID('events'), shown, (event) => event.key, makeEvent, () => {});
    byID('events').hidden = shown.length === 0;
    byID('no-events').hidden = shown.length > 0;
}

const BAD_KINDS = new Set(['lost', 'silent', 'down', 'refused', 'failed']);

function makeEvent(event) {
    const date = new Date(event.time);
    const isToday = date.toDateString() === new Date().toDateString();
    const time = isToday ? clock(date) : `${date.toLocaleDateString()} ${clock(date)}`;
    return element('li', { class: BAD_KINDS.has(event.kind) || event.error ? 'bad' : '' },
        element('time', { datetime: event.time }, time),
        element('span', { class: 'topic' }, event.topic), element('span', {}, event.text));
}

byID('topic').addEventListener('change', showEvents);
void run();

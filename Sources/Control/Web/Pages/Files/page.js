// What the pages share: elements, lists that keep their elements, and quantities for people.

/**
 * An element with attributes and children; text is only ever text.
 * @param {string} name
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 */
export function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
}

/** @param {string} id */
export function byID(id) { return /** @type {any} */ (document.getElementById(id)); }

/** Sets a text, and leaves the page alone where nothing changed. */
export function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

/**
 * Makes the children of `container` those of `items`: known ones are changed, not replaced, so that
 * what is selected or pointed at stays so.
 */
export function fill(container, items, keyOf, make, change) {
    const known = new Map([...container.children].map((child) => [child.dataset.key, child]));
    let place = container.firstElementChild;
    for (const item of items) {
        const key = keyOf(item);
        const child = known.get(key) ?? make(item);
        known.delete(key);
        child.dataset.key = key;
        if (child === place) place = place.nextElementSibling;
        else container.insertBefore(child, place);
        change(child, item);
    }
    for (const child of known.values()) child.remove();
}

/** As `p2pfwd status` writes it: powers of 1000, one digit behind the point. */
function scaled(value, units) {
    let index = 0;
    while (value >= 999.95 && index < units.length - 1) {
        value /= 1000;
        index++;
    }
    return `${index === 0 ? Math.round(value) : value.toFixed(1)} ${units[index]}`;
}

/** @param {number} count */
export function bytes(count) { return scaled(count, ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']); }

/** @param {number} bitsPerSecond */
export function rate(bitsPerSecond) {
    return scaled(bitsPerSecond, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']);
}

/** @param {number | null} microseconds */
export function roundTrip(microseconds) {
    if (microseconds === null || microseconds === undefined) return '–';
    return `${(microseconds / 1000).toFixed(1)} ms`;
}

/** The two largest units: 3 d 4 h, 5 min 6 s. */
export function duration(seconds) {
    const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
    const parts = [];
    for (const [name, size] of units) {
        const count = Math.floor(seconds / size);
        seconds -= count * size;
        if (count > 0 || parts.length > 0) parts.push(`${count} ${name}`);
        if (parts.length === 2) break;
    }
    return parts.join(' ') || '0 s';
}

/** The time of day, with milliseconds where they matter. */
export function clock(date, withMilliseconds = false) {
    const two = (number) => `${number}`.padStart(2, '0');
    const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
    return withMilliseconds ? `${time}.${`${date.getMilliseconds()}`.padStart(3, '0')}` : time;
}

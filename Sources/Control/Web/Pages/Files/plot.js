// Lines over the last minutes, drawn as SVG. The words stand beside it in HTML, so that the drawing
// may be stretched.

import { element, setText } from './page.js';

const NAMESPACE = 'http://www.w3.org/2000/svg';
const WIDTH = 300;
const HEIGHT = 100;

function drawn(name, attributes) {
    const made = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, `${value}`);
    return made;
}

/** The next round number above, so that the top of the axis does not move with each sample. */
function niceTop(value, smallest) {
    const least = Math.max(value, smallest);
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 1.5, 2, 3, 4, 6, 8, 10].map((factor) => factor * power).find((top) => top >= least);
}

/** One drawing of one or more series with the same unit. */
export class Plot {
    /** To be put into the page. */
    figure;
    #series;
    #format;
    #smallest;
    #capacity;
    #samples = [];
    #top;
    #pointer;
    #pointed = null;

    /**
     * @param {string} title
     * @param {{name: string, className: string, value: (sample: any) => number | null,
     *     isFilled?: boolean}[]} series
     * @param {{format: (value: number) => string, smallest: number, capacity: number}} axis
     *     `smallest`: the least top; `capacity`: samples from left to right
     */
    constructor(title, series, axis) {
        this.#format = axis.format;
        this.#smallest = axis.smallest;
        this.#capacity = axis.capacity;
        this.#top = element('span', { class: 'plot-top quiet' });
        const legend = element('figcaption', {}, element('span', { class: 'plot-title' }, title));
        const drawing = drawn('svg', {
            viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true',
        });
        for (const share of [0, 0.5, 1]) {
            const y = HEIGHT * share;
            drawing.append(drawn('line', { class: 'grid', x1: 0, x2: WIDTH, y1: y, y2: y }));
        }
        this.#series = series.map((one) => {
            const area = drawn('path', { class: `area ${one.className}` });
            const line = drawn('path', { class: `line ${one.className}` });
            const value = element('b', {}, '–');
            const key = { class: `key ${one.className}` };
            legend.append(element('span', key, `${one.name} `, value));
            if (one.isFilled) drawing.append(area);
            drawing.append(line);
            return { ...one, area, line, label: value };
        });
        this.#pointer = drawn('line', { class: 'pointer', y1: 0, y2: HEIGHT });
        drawing.append(this.#pointer);
        const frame = element('div', { class: 'plot-frame' }, this.#top);
        frame.append(drawing);
        this.figure = element('figure', { class: 'plot' }, legend, frame);
        frame.addEventListener('pointermove', (event) => this.#point(event, frame));
        frame.addEventListener('pointerleave', () => this.#point(null, frame));
    }

    /** @param {any[]} samples the newest last; null where nothing is known */
    update(samples) {
        this.#samples = samples;
        const values = this.#series.flatMap(
            (one) => samples.map((sample) => (sample && one.value(sample)) ?? 0));
        const top = niceTop(Math.max(0, ...values), this.#smallest);
        setText(this.#top, this.#format(top));
        for (const one of this.#series) {
            const runs = this.#runs(one, top);
            one.line.setAttribute('d', runs.map((run) => `M${run.join('L')}`).join(''));
            one.area.setAttribute('d', runs.map((run) => {
                const [first, last] = [run[0].split(',')[0], run[run.length - 1].split(',')[0]];
                return `M${first},${HEIGHT}L${run.join('L')}L${last},${HEIGHT}Z`;
            }).join(''));
        }
        this.#tell();
    }

    /** The points of a series, in runs without gaps. */
    #runs(one, top) {
        const runs = [];
        let run = null;
        this.#samples.forEach((sample, index) => {
            const value = sample ? one.value(sample) : null;
            if (value === null || value === undefined) {
                run = null;
                return;
            }
            if (!run) runs.push(run = []);
            const y = HEIGHT - value / top * HEIGHT;
            run.push(`${this.#x(index).toFixed(1)},${y.toFixed(1)}`);
        });
        return runs;
    }

    /** The newest sample stands at the right. */
    #x(index) {
        return WIDTH - (this.#samples.length - 1 - index) / (this.#capacity - 1) * WIDTH;
    }

    #point(event, frame) {
        this.#pointed = null;
        if (event) {
            const box = frame.getBoundingClientRect();
            const share = 1 - (event.clientX - box.left) / box.width;
            const index = this.#samples.length - 1 - Math.round(share * (this.#capacity - 1));
            if (index >= 0 && index < this.#samples.length) this.#pointed = index;
        }
        this.#tell();
    }

    /** The values at the pointer, or the newest. */
    #tell() {
        const index = this.#pointed ?? this.#samples.length - 1;
        const sample = this.#samples[index];
        for (const one of this.#series) {
            const value = sample ? one.value(sample) : null;
            setText(one.label, value === null || value === undefined ? '–' : this.#format(value));
        }
        const x = this.#pointed === null ? -10 : this.#x(index);
        this.#pointer.setAttribute('x1', `${x}`);
        this.#pointer.setAttribute('x2', `${x}`);
    }
}

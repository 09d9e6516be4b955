// What the scripts print: one aligned line per step, and a sign of life while a step lasts.
const width = 34;
const signOfLifeMs = 10_000;

/** @param {number} ms */
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`.padStart(8);

export class Terminal {
	#quiet;

	/** @param {{ quiet?: boolean }} [options] */
	constructor({ quiet = false } = {}) {
		this.#quiet = quiet;
	}

	/** @param {string} text */
	say(text = '') {
		if (!this.#quiet) process.stdout.write(`${text}\n`);
	}

	/**
	 * @param {string} mark
	 * @param {string} name
	 * @param {number} ms
	 * @param {string} [note]
	 */
	line(mark, name, ms, note = '') {
		// A clock may stand on this line.
		const start = process.stdout.isTTY ? '\r\x1b[2K' : '';
		this.say(`${start}  ${mark} ${name.padEnd(width)}${seconds(ms)}${note && `   ${note}`}`);
	}

	/**
	 * Runs one step and prints how long it took; its failure is thrown on.
	 * @template Result
	 * @param {string} name
	 * @param {() => Result | Promise<Result>} run
	 * @returns {Promise<Result>}
	 */
	async step(name, run) {
		const startedAt = performance.now();
		const stop = this.showLife(name, startedAt);
		let mark = '✗';
		try {
			const result = await run();
			mark = '✓';
			return result;
		} finally {
			stop();
			this.line(mark, name, performance.now() - startedAt);
		}
	}

	/**
	 * Until the result is called: a running clock, or a line now and then where nothing can be redrawn.
	 * @param {string} name
	 * @param {number} startedAt
	 */
	showLife(name, startedAt) {
		if (this.#quiet) return () => undefined;
		const live = process.stdout.isTTY;
		const draw = () => {
			const text = `  · ${name.padEnd(width)}${seconds(performance.now() - startedAt)}`;
			process.stdout.write(live ? `\r${text}` : `${text}  …\n`);
		};
		const timer = setInterval(draw, live ? 200 : signOfLifeMs);
		if (live) draw();
		return () => {
			clearInterval(timer);
			if (live) process.stdout.write('\r\x1b[2K');
		};
	}
}

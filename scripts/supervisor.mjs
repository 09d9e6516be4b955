import { spawn } from 'node:child_process';
import { root } from './run.mjs';

/** @typedef {import('./supervisor.d.mts').StackMessage} StackMessage */
/** @typedef {import('./supervisor.d.mts').SupervisorOptions} SupervisorOptions */

const longestDelayMs = 5_000;

/**
 * Keeps the stack running. One that is killed or crashes is started again on the same data and port;
 * one that ends by itself, or never came up, is not.
 */
export class Supervisor {
	#options;
	/** @type {import('node:child_process').ChildProcess | null} */
	#child = null;
	#stopping = false;
	#wasReady = false;
	#readyAt = 0;
	#crashes = 0;
	#failure = '';
	#port;
	/** @type {NodeJS.Timeout | undefined} */
	#timer;
	/** @type {(code: number) => void} */
	#finish = () => undefined;

	/** @param {SupervisorOptions} options */
	constructor(options) {
		this.#options = { healthyAfterMs: 10_000, crashes: 5, firstDelayMs: 100, ...options };
		this.#port = options.port;
	}

	/** @returns {Promise<number>} the code to exit with, when it is over */
	run() {
		return new Promise((resolve) => {
			this.#finish = resolve;
			this.#start(this.#options.firstArgs ?? []);
		});
	}

	/**
	 * The first call ends the stack in order, the second at once.
	 * @param {NodeJS.Signals} signal
	 */
	stop(signal) {
		this.#stopping = true;
		clearTimeout(this.#timer);
		if (this.#child) this.#child.kill(signal);
		else this.#finish(0);
	}

	/** @param {string[]} extra */
	#start(extra) {
		const { node, main, args } = this.#options;
		const restart = this.#wasReady;
		const where = ['--port', String(this.#port), '--supervised'];
		this.#failure = '';
		this.#readyAt = 0;
		const child = spawn(node, [main, ...args, ...where, ...extra], {
			cwd: root,
			// The channel is also the leash: when this process is gone, however it went, the stack stops.
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			// In a group of its own Ctrl-C reaches it once, from here.
			detached: process.platform !== 'win32'
		});
		this.#child = child;
		child.on('message', (/** @type {StackMessage} */ message) => this.#hear(message, restart));
		child.once('error', (error) => this.#ended(1, null, error.message));
		child.once('exit', (code, signal) => this.#ended(code, signal, this.#failure));
	}

	/**
	 * @param {StackMessage} message
	 * @param {boolean} restart
	 */
	#hear(message, restart) {
		if (message.type === 'failed') this.#failure = message.message;
		if (message.type === 'ready') {
			this.#wasReady = true;
			this.#readyAt = performance.now();
			this.#port = Number(new URL(message.url).port);
		}
		this.#options.onMessage(message, restart);
	}

	/**
	 * @param {number | null} code
	 * @param {NodeJS.Signals | null} signal
	 * @param {string} failure
	 */
	#ended(code, signal, failure) {
		if (!this.#child) return;
		this.#child = null;
		const refused = failure !== '' && !this.#wasReady;
		if (this.#stopping || code === 0 || refused) {
			this.#finish(code ?? 1);
			return;
		}
		const { healthyAfterMs, crashes, firstDelayMs, warn } = this.#options;
		const wasWell = this.#readyAt > 0 && performance.now() - this.#readyAt > healthyAfterMs;
		this.#crashes = wasWell ? 1 : this.#crashes + 1;
		const how = failure || (signal ? `ended by ${signal}` : `ended with code ${code}`);
		if (this.#crashes > crashes) {
			warn(`The stack does not stay up: ${this.#crashes} ends in a row, the last: ${how}`);
			this.#finish(1);
			return;
		}
		const delayMs = Math.min(firstDelayMs * 2 ** (this.#crashes - 1), longestDelayMs);
		warn(`The stack is down (${how}); starting it again. Nothing that was stored is lost.`);
		this.#timer = setTimeout(() => this.#start([]), delayMs);
	}
}

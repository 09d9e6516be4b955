import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLevel } from './host.ts';

export interface FunctionLogOptions {
	/** One file per function is kept here; null keeps none. */
	directory: string | null;
	log: (line: string) => void;
	/** A longer file becomes `NAME.log.1`. */
	fileBytes?: number;
}

/** Ten times what hosted ones may: a function in a loop must not keep the stack busy with its log. */
const linesPerWindow = 1_000;
const windowMs = 10_000;

/** What functions write, with secrets blacked out. */
export class FunctionLog {
	/** Replaced in every line. */
	secrets: string[] = [];
	readonly #options: FunctionLogOptions;
	readonly #sizes = new Map<string, number>();
	readonly #windows = new Map<string, { since: number; lines: number }>();

	constructor(options: FunctionLogOptions) {
		this.#options = options;
		if (options.directory !== null) mkdirSync(options.directory, { recursive: true });
	}

	write(name: string, level: LogLevel, request: string | null, text: string): void {
		const lines = this.#count(name);
		if (lines === linesPerWindow)
			this.#put(name, 'warning', null, 'too many lines: the next ones are dropped for 10 s');
		if (lines < linesPerWindow) this.#put(name, level, request, text);
	}

	/** How many lines there were in this window of time. */
	#count(name: string): number {
		const now = performance.now();
		const window = this.#windows.get(name);
		if (window && now - window.since < windowMs) return ++window.lines;
		this.#windows.set(name, { since: now, lines: 0 });
		return 0;
	}

	#put(name: string, level: LogLevel, request: string | null, text: string): void {
		const clean = this.secrets.reduce((line, secret) => line.replaceAll(secret, '[secret]'), text);
		const where = request ? `${name} ${request}` : name;
		this.#options.log(`${where} ${level}: ${clean}`);
		this.#append(name, `${new Date().toISOString()} ${level} ${request ?? '-'} ${clean}\n`);
	}

	#append(name: string, line: string): void {
		const { directory, fileBytes = 1024 * 1024 } = this.#options;
		if (directory === null) return;
		const file = join(directory, `${name}.log`);
		const size = this.#sizes.get(name) ?? statSync(file, { throwIfNoEntry: false })?.size ?? 0;
		const full = size > fileBytes;
		if (full) renameSync(file, `${file}.1`);
		appendFileSync(file, line, { mode: 0o600 });
		this.#sizes.set(name, (full ? 0 : size) + Buffer.byteLength(line));
	}
}

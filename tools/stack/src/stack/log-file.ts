import {
	closeSync,
	existsSync,
	fstatSync,
	mkdirSync,
	openSync,
	renameSync,
	writeSync
} from 'node:fs';
import { join } from 'node:path';
import { redact } from './redact.ts';

export const levels = ['debug', 'info', 'warning', 'error'] as const;
export type Level = (typeof levels)[number];

const defaultBytes = 5 * 1024 * 1024;
const kept = 3;

/**
 * `stack.log`: one JSON object a line. Written at once, so that the last line before a kill is there;
 * when it is long it becomes `stack.1.log`, and the oldest goes.
 */
export class LogFile {
	readonly #directory: string;
	readonly #longest: number;
	#descriptor: number | null = null;
	#size = 0;

	constructor(directory: string, { longest = defaultBytes }: { longest?: number } = {}) {
		this.#directory = directory;
		this.#longest = longest;
	}

	write(part: string, text: string, level: Level = levelOf(part, text)): void {
		const time = new Date().toISOString();
		const line = `${JSON.stringify({ time, part, level, message: redact(text) })}\n`;
		const length = Buffer.byteLength(line);
		this.#descriptor ??= this.#open();
		if (this.#size > 0 && this.#size + length > this.#longest) this.#rotate();
		writeSync(this.#descriptor, line);
		this.#size += length;
	}

	close(): void {
		if (this.#descriptor !== null) closeSync(this.#descriptor);
		this.#descriptor = null;
	}

	#open(): number {
		// The folder and the file are the owner's: lines may quote what people wrote.
		mkdirSync(this.#directory, { recursive: true });
		const descriptor = openSync(this.#name(0), 'a', 0o600);
		this.#size = fstatSync(descriptor).size;
		return descriptor;
	}

	#rotate(): void {
		this.close();
		for (let age = kept - 1; age >= 0; age--)
			if (existsSync(this.#name(age))) renameSync(this.#name(age), this.#name(age + 1));
		this.#descriptor = this.#open();
	}

	#name(age: number): string {
		return join(this.#directory, age === 0 ? 'stack.log' : `stack.${age}.log`);
	}
}

/** Parts hand over plain lines; Postgres and Realtime say in them how bad it is. */
export function levelOf(part: string, text: string): Level {
	const word =
		part === 'postgres'
			? /\b(DEBUG|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC):/.exec(text)?.[1]
			: /^(debug|info|warning|error)\b/i.exec(text)?.[1];
	switch (word?.toLowerCase()) {
		case 'debug':
			return 'debug';
		case 'warning':
			return 'warning';
		case 'error':
		case 'fatal':
		case 'panic':
			return 'error';
		default:
			return 'info';
	}
}

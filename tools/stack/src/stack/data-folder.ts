import { accessSync, constants, mkdirSync } from 'node:fs';

const reasons = new Map([
	['EACCES', 'you have no right to write there'],
	['EPERM', 'you have no right to write there'],
	['EROFS', 'that disk is read-only'],
	['ENOSPC', 'that disk is full'],
	['EEXIST', 'a file has that name'],
	['ENOTDIR', 'a part of that path is a file']
]);

/** Before anything is started: what could not be written would fail in words that nobody chose. */
export function makeDataFolder(directory: string): void {
	try {
		mkdirSync(directory, { recursive: true });
		accessSync(directory, constants.W_OK | constants.X_OK);
	} catch (cause) {
		const reason = reasons.get((cause as NodeJS.ErrnoException).code ?? '') ?? String(cause);
		throw new Error(
			`The data cannot be kept in ${directory}: ${reason}.\nChoose another folder: npm start -- --data DIR`,
			{ cause }
		);
	}
}

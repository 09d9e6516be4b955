/** Takes out what could say who somebody is: addresses of mails and what stands quoted in messages of the database. */
export function withoutPersonalData(text: string): string {
	return text
		.replace(/[^\s<>"'(),;:=]+@[^\s<>"'(),;:]+/g, '…')
		.replace(/\(([^()]*)\)=\([^()]*\)/g, '($1)=(…)')
		.slice(0, 500);
}

/** One line of JSON for an error: machines read it, and nobody's words are in it. */
export function logError(
	event: string,
	error: unknown,
	fields: Record<string, string | number> = {}
): void {
	const { name, message, code, cause } = (error ?? {}) as {
		name?: string;
		message?: string;
		code?: string;
		cause?: unknown;
	};
	console.error(
		JSON.stringify({
			...{ level: 'error', event, time: new Date().toISOString(), ...fields },
			error: withoutPersonalData(`${name ?? typeof error}: ${message ?? String(error)}`),
			...(code === undefined ? {} : { code }),
			...(cause === undefined ? {} : { cause: withoutPersonalData(messageOf(cause)) }),
			...(error instanceof Error ? { at: placeOf(error) } : {})
		})
	);
}

function messageOf(error: unknown): string {
	const { message } = (error ?? {}) as { message?: unknown };
	return typeof message === 'string' ? message : String(error);
}

/** Where in our code; the first line of a stack repeats the message. */
function placeOf(error: Error): string[] {
	const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
	return lines.slice(0, 5).map((line) => line.trim());
}

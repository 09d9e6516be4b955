import * as z from 'zod/mini';
import { logError } from '../log.ts';

/** What a scanner says: `pending` when it needs more time. */
const Answer = z.object({ status: z.enum(['clean', 'infected', 'pending']) });
export type ScanResult = z.output<typeof Answer>['status'];

const timeoutMs = 60_000;

export interface Scanner {
	url: string;
	token: string | null;
}

/**
 * Sends the bytes to a scanner of the customer's. One that is away, slow or answers nonsense has not said `clean`:
 * the file waits and is sent again by the schedule.
 */
export async function scan(
	{ url, token }: Scanner,
	bytes: ReadableStream<Uint8Array>,
	file: { id: string; mime: string }
): Promise<ScanResult> {
	try {
		const response = await fetch(url, {
			method: 'POST',
			headers: {
				'content-type': file.mime,
				'x-attachment-id': file.id,
				...(token === null ? {} : { authorization: `Bearer ${token}` })
			},
			body: bytes,
			redirect: 'error',
			signal: AbortSignal.timeout(timeoutMs)
		});
		if (!response.ok) throw new Error(`the scanner answered ${response.status}`);
		return Answer.parse(await response.json()).status;
	} catch (error) {
		logError('scan', error, { file: file.id });
		return 'pending';
	}
}

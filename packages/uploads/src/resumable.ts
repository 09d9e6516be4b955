import { UploadFailed } from './upload-failed.ts';

export interface Resumable {
	/** Where uploads are begun (tus 1.0). */
	url: string;
	headers: (renew: boolean) => Promise<Record<string, string>>;
	bucket: string;
	path: string;
	type: string;
	bytes: Blob;
	/** Of the upload that an earlier page has begun. */
	location: string | null;
	onlocation: (location: string) => void;
	onprogress: (sent: number) => void;
	signal: AbortSignal;
}

/** Hosted Storage takes pieces of exactly this size, but for the last. */
const pieceBytes = 6 * 1024 * 1024;
/** A line that moves nothing for so long is dead. */
const stallMs = 30_000;

/** Stores the bytes, going on where an earlier try was cut off. Already stored bytes are no failure. */
export async function sendBytes(upload: Resumable): Promise<void> {
	const begun = upload.location === null ? null : await offsetOf(upload, upload.location);
	let offset = begun ?? 0;
	const location = begun === null ? await create(upload) : upload.location;
	if (location === null) return;
	while (offset < upload.bytes.size) offset = await sendPiece(upload, location, offset);
}

/** Null when the bytes are stored already: the answer to the last piece was lost. */
async function create(upload: Resumable): Promise<string | null> {
	const { bucket, path, type, bytes } = upload;
	const metadata = { bucketName: bucket, objectName: path, contentType: type };
	const encoded = Object.entries(metadata).map(([name, value]) => `${name} ${btoa(value)}`);
	const answer = await request(upload, 'POST', upload.url, {
		'upload-length': String(bytes.size),
		'upload-metadata': encoded.join(',')
	});
	if (answer.status === 409) return null;
	const location = answer.getResponseHeader('location');
	if (answer.status !== 201 || location === null) throw failed(answer);
	// By the way it was asked: the server may know itself by a name that this page's policy does not.
	const address = upload.url + location.slice(location.lastIndexOf('/'));
	upload.onlocation(address);
	return address;
}

/** How far it came; null when the server does not know it any more. */
async function offsetOf(upload: Resumable, location: string): Promise<number | null> {
	const answer = await request(upload, 'HEAD', location, {});
	if ([403, 404, 410].includes(answer.status)) return null;
	return offsetIn(answer);
}

async function sendPiece(upload: Resumable, location: string, offset: number): Promise<number> {
	const piece = upload.bytes.slice(offset, offset + pieceBytes);
	const headers = {
		'upload-offset': String(offset),
		'content-type': 'application/offset+octet-stream'
	};
	const answer = await request(upload, 'PATCH', location, headers, piece, (sent) =>
		upload.onprogress(offset + sent)
	);
	// Somebody else has written, or the server kept less than it was sent: ask where it stands.
	if (answer.status === 409) {
		const now = await offsetOf(upload, location);
		if (now === null || now === offset) throw failed(answer);
		return now;
	}
	const next = offsetIn(answer);
	upload.onprogress(next);
	return next;
}

function offsetIn(answer: XMLHttpRequest): number {
	const offset = answer.getResponseHeader('upload-offset');
	if (answer.status >= 300 || offset === null) throw failed(answer);
	return Number(offset);
}

function failed({ status, responseText }: XMLHttpRequest): UploadFailed {
	if (status === 413) return new UploadFailed(status, 'file_too_large');
	let answer: unknown = null;
	try {
		answer = JSON.parse(responseText);
	} catch {
		// Plain words, of tus or a proxy: the status says enough.
	}
	return UploadFailed.answered(status, answer, null);
}

async function request(
	upload: Resumable,
	method: string,
	url: string,
	headers: Record<string, string>,
	body?: Blob,
	onprogress?: (sent: number) => void
): Promise<XMLHttpRequest> {
	const once = async (renew: boolean) =>
		exchange(upload.signal, method, url, {
			headers: { ...(await upload.headers(renew)), ...headers, 'tus-resumable': '1.0.0' },
			...(body && { body }),
			...(onprogress && { onprogress })
		});
	const answer = await once(false);
	return answer.status === 401 ? once(true) : answer;
}

interface Exchange {
	headers: Record<string, string>;
	body?: Blob;
	onprogress?: (sent: number) => void;
}

/** XMLHttpRequest, because `fetch` does not tell how much has been sent. */
function exchange(
	signal: AbortSignal,
	method: string,
	url: string,
	{ headers, body, onprogress }: Exchange
): Promise<XMLHttpRequest> {
	return new Promise((resolve, reject) => {
		signal.throwIfAborted();
		const call = new XMLHttpRequest();
		let timer = setTimeout(() => call.abort(), stallMs);
		const alive = () => {
			clearTimeout(timer);
			timer = setTimeout(() => call.abort(), stallMs);
		};
		const abort = () => call.abort();
		signal.addEventListener('abort', abort);
		call.upload.onprogress = ({ loaded }) => {
			alive();
			onprogress?.(loaded);
		};
		call.onloadend = () => {
			clearTimeout(timer);
			signal.removeEventListener('abort', abort);
			if (call.status > 0) resolve(call);
			else reject(new UploadFailed(0));
		};
		call.open(method, url);
		for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
		call.send(body ?? null);
	});
}

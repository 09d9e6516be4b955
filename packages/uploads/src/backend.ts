import type { Attachment } from '@chatiq/contracts/message';
import { attachmentsBucket, type Upload } from '@chatiq/contracts/upload';
import { UploadFailed } from './upload-failed.ts';

/** Where the files go, and as whom. */
export interface Access {
	/** Origin of the project. */
	url: string;
	/** Key and token; asked again with `true` after a token was refused. Throws what `UploadFailed.of` understands. */
	headers: (renew: boolean) => Promise<Record<string, string>>;
}

const timeoutMs = 30_000;
/** The function reads ten megabytes and may wait for a scanner. */
const inspectTimeoutMs = 90_000;

interface NewUpload {
	attachment_id: string;
	conversation_id: string;
	name: string;
	content_type: string;
	size_bytes: number;
}

export class Backend {
	readonly #access: Access;

	constructor(access: Access) {
		this.#access = access;
	}

	get resumableUrl(): string {
		return `${this.#access.url}/storage/v1/upload/resumable`;
	}

	readonly headers: Access['headers'] = async (renew) => {
		try {
			return await this.#access.headers(renew);
		} catch (error) {
			throw UploadFailed.of(error);
		}
	};

	async prepare(upload: NewUpload): Promise<Upload> {
		return (await this.#post('/rest/v1/rpc/prepare_upload', upload)) as Upload;
	}

	async discard(attachment_id: string): Promise<void> {
		await this.#post('/rest/v1/rpc/discard_upload', { attachment_id });
	}

	async inspect(attachment_id: string): Promise<Upload> {
		return (await this.#post(
			'/functions/v1/upload',
			{ attachment_id },
			inspectTimeoutMs
		)) as Upload;
	}

	/** A link that opens the file for so long; smaller, where the project can do that. */
	async sign(
		{ path }: Pick<Attachment, 'path'>,
		{ seconds, width }: { seconds: number; width?: number }
	): Promise<string> {
		const { signedURL } = (await this.#post(
			`/storage/v1/object/sign/${attachmentsBucket}/${path}`,
			{
				expiresIn: seconds,
				...(width === undefined ? {} : { transform: { width, quality: 80 } })
			}
		)) as { signedURL: string };
		return `${this.#access.url}/storage/v1${signedURL}`;
	}

	async #post(path: string, body: object, timeout = timeoutMs): Promise<unknown> {
		let response = await this.#send(path, body, timeout, false);
		if (response.status === 401) response = await this.#send(path, body, timeout, true);
		const answer: unknown = await response.json().catch(() => null);
		if (response.ok) return answer;
		throw UploadFailed.answered(response.status, answer, response.headers.get('retry-after'));
	}

	async #send(path: string, body: object, timeout: number, renew: boolean): Promise<Response> {
		const headers = await this.headers(renew);
		try {
			return await fetch(this.#access.url + path, {
				method: 'POST',
				headers: { ...headers, 'content-type': 'application/json' },
				body: JSON.stringify(body),
				signal: AbortSignal.timeout(timeout),
				credentials: 'omit'
			});
		} catch (cause) {
			throw new UploadFailed(0, null, { cause });
		}
	}
}

import { uuidv7 } from '@chatiq/contracts/ids';
import type { ErrorBody } from '@chatiq/contracts/errors';
import type { Upload } from '@chatiq/contracts/upload';
import type { Backend } from './backend.ts';
import type { Person, Visitor } from './tenant.ts';

export interface Sent {
	id: string;
	path: string;
	name: string;
}

export const tokenOf = (by: Visitor | Person) => ('session' in by ? by.session.token : by.token);

interface NewFile {
	conversation_id: string;
	name: string;
	content_type?: string;
	bytes: Uint8Array;
}

/** Registers a file and stores its bytes, as the apps do. */
export async function storeFile(
	by: Visitor | Person,
	{ conversation_id, name, content_type = 'application/octet-stream', bytes }: NewFile
): Promise<Sent> {
	const { data } = await by.client
		.rpc('prepare_upload', {
			attachment_id: uuidv7(),
			conversation_id,
			name,
			content_type,
			size_bytes: bytes.length
		})
		.throwOnError();
	const { error } = await by.client.storage
		.from('incoming')
		.upload(data.path, new Blob([bytes as Uint8Array<ArrayBuffer>]), { contentType: content_type });
	if (error) throw error;
	return data;
}

/** Asks the function to look at it. */
export async function inspectFile(
	backend: Backend,
	token: string,
	attachment_id: string
): Promise<Partial<Upload> & { refused?: string }> {
	const response = await fetch(`${backend.url}/functions/v1/upload`, {
		method: 'POST',
		headers: { authorization: `Bearer ${token}`, apikey: backend.publishableKey },
		body: JSON.stringify({ attachment_id })
	});
	const body = (await response.json()) as Upload | ErrorBody;
	return 'error' in body ? { refused: body.error.code } : body;
}

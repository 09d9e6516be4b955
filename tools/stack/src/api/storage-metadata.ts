import { sql } from 'kysely';
import type { ApiConnection } from './connection.ts';

/** Keeps what the uploader says about the file; lite knows the column but not how to fill it. */
export async function keepUserMetadata(
	request: Request,
	response: Response,
	connection: ApiConnection
): Promise<void> {
	const header = request.headers.get('x-metadata');
	if (header === null || !response.ok || !['POST', 'PUT'].includes(request.method)) return;
	const path = new URL(request.url).pathname.replace('/object/upload/sign/', '/object/');
	const match = /^\/storage\/v1\/object\/([^/]+)\/(.+)$/.exec(path);
	const metadata = decode(header);
	if (match === null || metadata === null) return;
	const [bucket = '', name = ''] = match.slice(1).map(decodeURIComponent);
	await sql`update storage.objects set user_metadata = ${metadata}::jsonb
		where bucket_id = ${bucket} and name = ${name}`.execute(connection.kysely);
}

/** JSON in base64, or nothing that anybody could keep. */
function decode(header: string): string | null {
	const text = Buffer.from(header, 'base64').toString();
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? text : null;
	} catch {
		return null;
	}
}

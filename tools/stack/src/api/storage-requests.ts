import { errors, jwtVerify } from 'jose';
import { storageError } from './storage-error.ts';

/**
 * The request in the form that lite reads. A browser uploads a form whose file has no name, and
 * some routes have a second spelling.
 */
export async function adaptStorageRequest(request: Request): Promise<Request> {
	const url = new URL(request.url);
	url.pathname = url.pathname
		.replace(/^(\/storage\/v1)\/render\/image\//, '$1/object/')
		.replace(/^(\/storage\/v1\/object)\/authenticated\//, '$1/');
	const form = request.headers.get('content-type')?.startsWith('multipart/form-data') ?? false;
	const headers = new Headers(request.headers);
	if (form) return unpackForm(await request.formData(), url, request.method, headers);
	if (url.href === request.url) return request;
	return new Request(url, {
		method: request.method,
		headers,
		body: request.body,
		duplex: 'half'
	} as RequestInit);
}

function unpackForm(form: FormData, url: URL, method: string, headers: Headers): Request {
	const file = [...form.values()].find((value) => value instanceof File);
	if (file === undefined) return new Request(url, { method, headers: new Headers(headers) });
	const cacheControl = form.get('cacheControl');
	headers.set('content-type', file.type === '' ? 'application/octet-stream' : file.type);
	headers.set('content-length', String(file.size));
	headers.delete('cache-control');
	if (typeof cacheControl === 'string') {
		headers.set(
			'cache-control',
			/^\d+$/.test(cacheControl) ? `max-age=${cacheControl}` : cacheControl
		);
	}
	const metadata = form.get('metadata');
	if (typeof metadata === 'string') {
		headers.set('x-metadata', Buffer.from(metadata).toString('base64'));
	}
	return new Request(url, { method, headers, body: file });
}

/** Lite answers a bad token of a signed URL with 500. Null when the URL is not signed, or rightly. */
export async function refuseBadSignature(
	request: Request,
	secret: Uint8Array
): Promise<Response | null> {
	const { pathname, searchParams } = new URL(request.url);
	const signed =
		(request.method === 'PUT' && pathname.startsWith('/storage/v1/object/upload/sign/')) ||
		(['GET', 'HEAD'].includes(request.method) && pathname.startsWith('/storage/v1/object/sign/'));
	if (!signed) return null;
	try {
		await jwtVerify(searchParams.get('token') ?? '', secret, { algorithms: ['HS256'] });
		return null;
	} catch (error) {
		if (!(error instanceof errors.JOSEError)) throw error;
		return storageError(400, 'InvalidJWT', error.message);
	}
}

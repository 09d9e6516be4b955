import { requestScope } from './request-scope.ts';
import { withErrorCode } from './storage-error.ts';

/** Lite's answer in the form that storage-js and browsers expect. The request is unread. */
export async function adaptStorageResponse(
	request: Request,
	response: Response
): Promise<Response> {
	const { pathname, searchParams } = new URL(request.url);
	const path = pathname.slice('/storage/v1'.length);
	const reading = request.method === 'GET' || request.method === 'HEAD';
	if (reading && response.headers.has('etag')) return adaptDownload(response, searchParams);
	if (!response.ok) return withErrorCode(response);
	if (request.method === 'POST' && /^\/object\/(upload\/)?sign\//.test(path)) {
		const signed: unknown = await response.json();
		if (Array.isArray(signed)) return Response.json(signed.map(relativeUrl));
		const { transform } = (await request.json().catch(() => ({}))) as { transform?: Transform };
		return Response.json(withTransform(relativeUrl(signed), transform));
	}
	if (request.method === 'POST' && path === '/object/copy') {
		const { key } = (await response.json()) as { key: string };
		const { bucketId = '', destinationBucket = bucketId } = (await request.json()) as Copy;
		return Response.json({ Key: `${destinationBucket}/${key}`, key });
	}
	if (reading && path.startsWith('/object/info/'))
		return Response.json(flatInfo(await response.json()));
	return response;
}

async function adaptDownload(response: Response, query: URLSearchParams): Promise<Response> {
	const headers = new Headers(response.headers);
	const range = headers.get('content-range');
	headers.set('x-content-type-options', 'nosniff');
	// As hosted: pages among the uploads must not run on the project's origin.
	if (/^text\/html\b/i.test(headers.get('content-type') ?? ''))
		headers.set('content-type', 'text/plain');
	const download = query.get('download');
	if (download !== null) headers.set('content-disposition', attachment(download));
	const known =
		requestScope
			.getStore()
			?.headers.get('if-none-match')
			?.split(/\s*,\s*/) ?? [];
	if (known.includes(headers.get('etag') ?? '')) {
		await response.body?.cancel();
		headers.delete('content-length');
		return new Response(null, { status: 304, headers });
	}
	if (range === null) return new Response(response.body, { status: response.status, headers });
	return new Response(response.body, { status: range.startsWith('bytes */') ? 416 : 206, headers });
}

function attachment(parameter: string): string {
	const name = decodeAgain(parameter);
	return name === '' ? 'attachment' : `attachment; filename*=UTF-8''${encodeURIComponent(name)}`;
}

/** storage-js encodes the wanted name twice. */
function decodeAgain(parameter: string): string {
	try {
		return decodeURIComponent(parameter);
	} catch {
		return parameter; // a name with a percent sign, encoded once
	}
}

/** storage-js joins these to its own base, `…/storage/v1`. */
function relativeUrl(signed: unknown): { signedURL: string | null; url: string } {
	const { signedUrl = '', ...rest } = signed as { signedUrl?: string; token?: string };
	const url = signedUrl.replace(/^\/storage\/v1/, '');
	return { ...rest, signedURL: url === '' ? null : url, url };
}

type Transform = Record<string, string | number>;

/** Hosted hides the wanted size in the token; here it stands beside it. */
function withTransform(signed: { signedURL: string | null }, transform: Transform = {}): object {
	const wanted = Object.entries(transform).map(([name, value]) => [name, String(value)]);
	if (wanted.length === 0 || signed.signedURL === null) return signed;
	const url = signed.signedURL.replace(/^\/object\/sign\//, '/render/image/sign/');
	return { ...signed, signedURL: `${url}&${new URLSearchParams(wanted).toString()}` };
}

type Copy = { bucketId?: string; destinationBucket?: string };

type Info = {
	id: string;
	name: string;
	bucket_id: string;
	version: string;
	user_metadata: unknown;
	created_at: string;
	httpMetadata: {
		size: number;
		mimetype: string;
		cacheControl: string;
		eTag: string;
		lastModified: string;
	};
};

function flatInfo(info: unknown): object {
	const { id, name, bucket_id, version, user_metadata, created_at, httpMetadata } = info as Info;
	return {
		...{ id, name, bucket_id, version, created_at },
		metadata: user_metadata,
		size: httpMetadata.size,
		content_type: httpMetadata.mimetype,
		cache_control: httpMetadata.cacheControl,
		etag: httpMetadata.eTag,
		last_modified: httpMetadata.lastModified
	};
}

import * as z from 'zod';
import { storageError } from './storage-error.ts';

const Wanted = z.object({ expiresIn: z.number(), paths: z.array(z.string()).max(1000) });

/** Signed URLs for many files: lite has the route, but another one takes its requests. */
export async function signMany(
	request: Request,
	signOne: (request: Request) => Promise<Response>
): Promise<Response> {
	const parsed = Wanted.safeParse(await request.json().catch(() => null));
	if (!parsed.success) return storageError(400, 'InvalidRequest', z.prettifyError(parsed.error));
	const { expiresIn, paths } = parsed.data;
	const headers = new Headers(request.headers);
	headers.delete('content-length');
	const answers = await Promise.all(
		paths.map(async (path) => {
			const file = path.split('/').map(encodeURIComponent).join('/');
			const url = `${request.url.replace(/\/$/, '')}/${file}`;
			const body = JSON.stringify({ expiresIn });
			const response = await signOne(new Request(url, { method: 'POST', headers, body }));
			const answer = (await response.json()) as { signedUrl?: string; message?: string };
			return response.ok
				? { path, signedUrl: answer.signedUrl ?? '', error: null }
				: { path, signedUrl: '', error: answer.message ?? 'Either the object does not exist' };
		})
	);
	return Response.json(answers);
}

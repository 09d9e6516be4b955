import { storeLogo, type LogoRefusal } from '#lib/settings/logo-store.ts';
import type { RequestHandler } from './$types';

const statusOf: Record<LogoRefusal, number> = {
	...{ too_large: 413, no_picture: 415, forbidden: 403, unreachable: 503 }
};

/** Takes a picture as the body; the policies of the bucket decide who may. */
export const POST: RequestHandler = async ({ request, params, locals }) => {
	if (!locals.user) return Response.json({ refusal: 'forbidden' }, { status: 401 });
	const answer = await storeLogo(locals, params.site, new Uint8Array(await request.arrayBuffer()));
	return Response.json(answer, { status: 'refusal' in answer ? statusOf[answer.refusal] : 200 });
};

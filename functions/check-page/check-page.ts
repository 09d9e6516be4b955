import type { LoadedPage, PageCheck, PageCheckRequest } from '@chatiq/contracts/page-check';
import { type PostgrestError, refusal, type ServiceClient } from '../_shared/database.ts';
import { AppError } from '@chatiq/contracts/errors';
import { fetchPage, PageRefused, type Page } from './fetch-page.ts';
import { keysOn, policiesOf } from './read-page.ts';

/** Looks at a page as a browser would find it; the database says who may ask, and what was found means to the site. */
export async function checkPage(
	client: ServiceClient,
	{ site_id, url }: PageCheckRequest,
	options: { allowLoopback: boolean }
): Promise<PageCheck> {
	const { error } = await client.rpc('begin_page_check', { site_id });
	if (error) throw asRefusal(error);
	let page: Page;
	try {
		page = await fetchPage(url, options);
	} catch (problem) {
		if (problem instanceof PageRefused) return { failure: problem.failure };
		throw problem;
	}
	const judged = await client.rpc('judge_page', {
		...{ site_id, origin: new URL(page.url).origin, keys: keysOn(page.html) }
	});
	if (judged.error) throw asRefusal(judged.error);
	// docs/api.md: the generated type only knows that it is JSON.
	const meaning = judged.data as unknown as Pick<LoadedPage, 'origin_allowed' | 'code'>;
	return { page: { url: page.url, status: page.status, ...meaning, policies: policiesOf(page) } };
}

const asRefusal = (error: PostgrestError): AppError =>
	error.code === 'PGRST301' || error.code === 'PGRST303'
		? new AppError('session_required')
		: refusal(error);

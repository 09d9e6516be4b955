import { redirect } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

/** The address that earlier versions had. */
export const GET: RequestHandler = ({ params }) =>
	redirect(308, params.rest ? `/inbox/${encodeURIComponent(params.rest)}` : '/inbox');

import type { Step } from '../step.ts';

/** Where mails and sign-in lead: the console. Addresses that somebody else allowed stay. */
export const auth: Step = {
	name: 'Sign-in',
	async look({ options: { consoleUrl, ref }, api }) {
		if (consoleUrl === null)
			return {
				changes: [],
				left: [
					`Tell Auth where the console is: run again with --console-url, or Dashboard → Authentication → URL Configuration (project ${ref})`
				]
			};
		const { site_url: site, uri_allow_list: list } = await api.authConfig();
		const allowed = (list ?? '').split(',').filter(Boolean);
		const missing = [`${consoleUrl}/**`].filter((url) => !allowed.includes(url));
		const changes = [
			...(site === consoleUrl ? [] : [`set the site URL to ${consoleUrl}`]),
			...missing.map((url) => `allow redirects to ${url}`)
		];
		return {
			changes,
			apply: () =>
				api.setAuthConfig({
					site_url: consoleUrl,
					uri_allow_list: [...allowed, ...missing].join(',')
				})
		};
	}
};

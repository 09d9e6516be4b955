import { signInSettings } from '../sign-in-settings.ts';
import type { Step } from '../step.ts';

/** Where mails and sign-in lead: the console; what mails say; rules of sign-in. Addresses that somebody else allowed stay. */
export const auth: Step = {
	name: 'Sign-in',
	async look({ options: { consoleUrl, ref, root }, api }) {
		if (consoleUrl === null)
			return {
				changes: [],
				left: [
					`Tell Auth where the console is: run again with --console-url, or Dashboard → Authentication → URL Configuration (project ${ref})`
				]
			};
		const present = await api.authConfig();
		const { site_url: site, uri_allow_list: list } = present;
		const allowed = (list ?? '').split(',').filter(Boolean);
		const missing = [`${consoleUrl}/**`].filter((url) => !allowed.includes(url));
		const settings = Object.entries(signInSettings(root)).filter(
			([name, value]) => present[name] !== value
		);
		const changes = [
			...(site === consoleUrl ? [] : [`set the site URL to ${consoleUrl}`]),
			...missing.map((url) => `allow redirects to ${url}`),
			...settings.map(([name]) => `set ${name} as in supabase/config.toml`)
		];
		return {
			changes,
			apply: () =>
				api.setAuthConfig({
					...Object.fromEntries(settings),
					site_url: consoleUrl,
					uri_allow_list: [...allowed, ...missing].join(',')
				})
		};
	}
};

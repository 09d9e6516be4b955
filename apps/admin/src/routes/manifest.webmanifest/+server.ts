// Those of the documentation, which `npm run pictures` draws.
import wide from '../../../../../docs/images/console.png';
import narrow from '../../../../../docs/images/console-phone-uk.png';
import { m } from '@chatiq/i18n/console';
import { getLocale } from '@chatiq/i18n/console/runtime';
import type { RequestHandler } from './$types';

const hourSeconds = 3600;
const color = '#f6f7f9';
const picture = (name: string, size: number) => ({
	...{ src: `/icons/${name}.png`, sizes: `${size}x${size}`, type: 'image/png' }
});

/** What the installed console is called, and the lists that a long press on its icon opens. Asked for without cookies. */
export const GET: RequestHandler = () =>
	Response.json(
		{
			...{ id: '/inbox', start_url: '/inbox', scope: '/', display: 'standalone' },
			...{ name: m.app_name(), short_name: m.app_name(), lang: getLocale() },
			...{ background_color: color, theme_color: color },
			description: m.login_lead(),
			screenshots: [
				{ src: wide, sizes: '1280x800', type: 'image/png', form_factor: 'wide' },
				{ src: narrow, sizes: '390x780', type: 'image/png', form_factor: 'narrow' }
			],
			icons: [
				{ src: '/favicon.svg', sizes: 'any', type: 'image/svg+xml' },
				picture('icon-192', 192),
				picture('icon-512', 512),
				{ ...picture('maskable-512', 512), purpose: 'maskable' }
			],
			shortcuts: [
				{ name: m.inbox_view_waiting(), url: '/inbox?view=waiting' },
				{ name: m.inbox_view_mine(), url: '/inbox?view=mine' },
				{ name: m.attention_title(), url: '/notifications' }
			].map((shortcut) => ({ ...shortcut, icons: [picture('icon-192', 192)] }))
		},
		{
			headers: {
				'content-type': 'application/manifest+json',
				'cache-control': `public, max-age=${hourSeconds}`,
				vary: 'accept-language'
			}
		}
	);

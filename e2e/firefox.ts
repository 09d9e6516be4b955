import { openFirefox } from './browsers/firefox.ts';
import { installed } from './browsers/installed.ts';
import { walkWidget } from './browsers/walk-widget.ts';

// The widget in Firefox: `npm run test:firefox`.
const firefox = installed(
	[
		process.env['FIREFOX_PATH'],
		'/usr/bin/firefox-esr',
		'/usr/bin/firefox',
		'/Applications/Firefox.app/Contents/MacOS/firefox'
	],
	'There is no Firefox: install firefox-esr, or set FIREFOX_PATH.'
);
await walkWidget('Firefox', () => openFirefox(firefox));

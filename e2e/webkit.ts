import { globSync } from 'node:fs';
import { installed } from './browsers/installed.ts';
import { walkWidget } from './browsers/walk-widget.ts';
import { openWebKit } from './browsers/webkit.ts';

// The widget in WebKit: `npm run test:webkit`.
const missing = 'There is no WebKit: install webkit2gtk-driver and xvfb, or set WEBKIT_PATH.';
const driver = installed(['/usr/bin/WebKitWebDriver'], missing);
const browser = installed(
	[process.env['WEBKIT_PATH'], ...globSync('/usr/lib*/**/webkit2gtk-*/MiniBrowser')],
	missing
);
await walkWidget('WebKit', () => openWebKit({ driver, browser }));

import { baseLocale, overwriteGetLocale, toLocale } from '@chatiq/i18n/console/runtime';

// The server has decided; asking the cookie anew for every text would be slower and could differ.
overwriteGetLocale(() => toLocale(document.documentElement.lang) ?? baseLocale);

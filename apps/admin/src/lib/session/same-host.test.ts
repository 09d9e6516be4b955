import { expect, it } from 'vitest';
import { sameHost } from './same-host.ts';

const request = (method: string, headers: Record<string, string>) =>
	new Request('https://console.test/login', {
		method,
		headers: { host: 'console.test', ...headers }
	});

it.each([
	['reads from anywhere', 'GET', { 'sec-fetch-site': 'cross-site' }, true],
	['writes from our pages', 'POST', { 'sec-fetch-site': 'same-origin' }, true],
	['no writes from other sites', 'POST', { 'sec-fetch-site': 'cross-site' }, false],
	['no writes from sister hosts', 'POST', { 'sec-fetch-site': 'same-site' }, false],
	['older browsers by their Origin', 'POST', { origin: 'http://console.test' }, true],
	['no foreign Origin', 'POST', { origin: 'https://evil.test' }, false],
	['no opaque Origin', 'POST', { origin: 'null' }, false],
	['nothing without either', 'DELETE', {}, false]
])('allows %s', (_, method, headers, allowed) => {
	expect(sameHost(request(method, headers))).toBe(allowed);
});

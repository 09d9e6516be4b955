import { expect, it } from 'vitest';
import { originOf } from './origin-of.ts';

it('understands what people type as the address of their website', () => {
	expect(originOf('shop.example')).toBe('https://shop.example');
	expect(originOf(' https://shop.example/contact?x=1 ')).toBe('https://shop.example');
	expect(originOf('HTTP://Shop.Example:8080/')).toBe('http://shop.example:8080');
	expect(originOf('localhost:5173')).toBe('http://localhost:5173');
	expect(originOf('127.0.0.1:8000/page')).toBe('http://127.0.0.1:8000');
	expect(originOf('кава.укр')).toBe('https://xn--80aag7f.xn--j1amh');
});

it('refuses what is no website', () => {
	for (const typed of ['', '   ', 'shop', 'my shop', 'ftp://shop.example', 'mailto:a@b.example']) {
		expect(originOf(typed), typed).toBeNull();
	}
	expect(originOf('https://user:pass@shop.example')).toBeNull();
});

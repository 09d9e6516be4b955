import { expect, it } from 'vitest';
import { deviceName } from './device-name.ts';

it('names browser and system', () => {
	const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
	const on = (system: string, rest: string) => deviceName(`Mozilla/5.0 (${system}) ${rest}`);
	expect(on('X11; Linux x86_64', `${webkit} Chrome/140.0 Safari/537.36`)).toBe('Chrome · Linux');
	expect(on('Windows NT 10.0', `${webkit} Chrome/140.0 Safari/537.36 Edg/140.0`)).toBe(
		'Edge · Windows'
	);
	expect(on('Macintosh; Intel Mac OS X 10_15', `${webkit} Version/18 Safari/605`)).toBe(
		'Safari · macOS'
	);
	expect(on('iPhone; CPU iPhone OS 18_0 like Mac OS X', `${webkit} CriOS/140 Safari/604`)).toBe(
		'Chrome · iPhone'
	);
	expect(on('Android 15; Mobile', 'Gecko/140.0 Firefox/140.0')).toBe('Firefox · Android');
	expect(deviceName('node')).toBeNull();
	expect(deviceName(null)).toBeNull();
});

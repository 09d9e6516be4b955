import type { Device } from '@chatiq/contracts/visitor';
import { m } from '@chatiq/i18n/console';

const kinds = { computer: m.card_computer, phone: m.card_phone_device, tablet: m.card_tablet };

/** "Chrome · Windows · computer", as far as it is known. */
export function deviceName(device: Device | null): string | null {
	if (!device) return null;
	const { browser, system, kind } = device;
	return [browser, system, kind && kinds[kind]()].filter(Boolean).join(' · ') || null;
}

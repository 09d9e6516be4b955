/** Whether a text can be an address or a network as `block_address` takes it: /8 at the widest, /32 for IPv6. */
export function isAddress(text: string): boolean {
	const [host = '', bits, ...more] = text.split('/');
	if (more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false;
	const between = (least: number, most: number) =>
		bits === undefined || (Number(bits) >= least && Number(bits) <= most);
	const parts = host.split('.');
	if (parts.length === 4)
		return parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255) && between(8, 32);
	return /^[0-9a-f:]{2,39}$/i.test(host) && host.includes(':') && between(32, 128);
}

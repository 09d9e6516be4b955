import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** Why a request must not be made; the text is shown to admins. */
export class AddressRefused extends Error {
	override readonly name = 'AddressRefused';
}

// Public by their range, and still the inside of somebody's cloud: Azure's own services.
const inside = ['168.63.129.16'];

/** Whether an address belongs to the public internet, whatever form it is written in. */
export function isPublic(address: string): boolean {
	if (!ipaddr.isValid(address)) return false;
	// `process` unwraps ::ffff:127.0.0.1; forms that carry an IPv4 address in another way have ranges of their own.
	const parsed = ipaddr.process(address);
	return parsed.range() === 'unicast' && !inside.includes(parsed.toString());
}

export function isLoopback(address: string): boolean {
	return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

type Resolve = (host: string) => Promise<string[]>;

const resolveAll: Resolve = async (host) => {
	const answers = await lookup(host, { all: true });
	return answers.map((answer) => answer.address);
};

/**
 * The address to connect to. It is looked up once and connected to by number, so a name cannot answer something else
 * between the check and the connection; a name with a private address among public ones is refused as a whole.
 */
export async function pinAddress(
	hostname: string,
	{ allowLoopback = false, resolve = resolveAll }: { allowLoopback?: boolean; resolve?: Resolve }
): Promise<string> {
	const host = hostname.replace(/^\[|\]$/g, '');
	const addresses = ipaddr.isValid(host) ? [host] : await resolve(host);
	const good = (address: string) => isPublic(address) || (allowLoopback && isLoopback(address));
	const [first] = addresses;
	if (first === undefined) throw new AddressRefused('The name has no address.');
	if (!addresses.every(good)) {
		throw new AddressRefused('The address is not public; nothing was sent.');
	}
	return first;
}

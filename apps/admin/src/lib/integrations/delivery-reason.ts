import { m } from '@chatiq/i18n/console';

/** What the worker writes down (`functions/worker/webhooks`), and how it is said here. */
const reasons: readonly [RegExp, (part: string) => string][] = [
	[/^The answer was a redirect, which is not followed\.$/, () => m.delivery_redirect()],
	[/^There were too many redirects\.$/, () => m.delivery_many_redirects()],
	[
		/^The redirect leads to (?:no address|an address without https)\.$/,
		() => m.delivery_bad_redirect()
	],
	[/^The answer was (\d+)\.$/, (status) => m.delivery_status({ status })],
	[/^No answer within ([\d.]+) s\.$/, (seconds) => m.delivery_slow({ seconds })],
	[/^The name has no address\.$/, () => m.delivery_no_address()],
	[/^The address is not public; nothing was sent\.$/, () => m.delivery_private()],
	[/^No connection: (.+)$/s, (code) => m.delivery_no_connection({ code })]
];

/** Why a delivery failed, in the reader's language; what is not known stands as it was written. */
export function deliveryReason(error: string): string {
	for (const [pattern, say] of reasons) {
		const match = pattern.exec(error);
		if (match) return say(match[1] ?? '');
	}
	return error;
}

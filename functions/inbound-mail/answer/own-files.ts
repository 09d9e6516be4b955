import type { MailFile } from '../mail-file.ts';

/** Programs put these beside what somebody attached. */
const made = /^application\/(pgp-signature|pgp-keys|(x-)?pkcs7-signature)\b/i;

/** Where a signature begins, in the HTML of Gmail, Thunderbird, Outlook and its phones. */
const signature =
	/<\w+[^>]{0,300}\b(class=["']?[^"'>]{0,200}\b(gmail_signature|moz-signature|MsoAutoSig)\b|id=["']?(Signature|ms-outlook-mobile-signature)\b)/i;

/**
 * What somebody sent: attached files, and pictures that they put into their text. Logos of signatures are neither. Our
 * own mails have no pictures, so those in a quote cannot be ours.
 */
export function ownFiles(files: readonly MailFile[], html: string): MailFile[] {
	const beginning = html.search(signature);
	const written = beginning === -1 ? html : html.slice(0, beginning);
	return files.filter(({ type, contentId }) => {
		if (made.test(type)) return false;
		return contentId === null || shows(written, contentId) || !shows(html, contentId);
	});
}

const shows = (html: string, contentId: string) =>
	html.includes(`cid:${contentId}`) || html.includes(`cid:${encodeURIComponent(contentId)}`);

/** The text without what stands in it where a picture was. */
export function withoutPlaces(text: string, files: readonly MailFile[]): string {
	let rest = text;
	for (const { name, contentId } of files) {
		if (contentId === null) continue;
		rest = rest.replaceAll(`[image: ${name}]`, '').replaceAll(`[cid:${contentId}]`, '');
	}
	return rest.replace(/\n{3,}/g, '\n\n').trim();
}

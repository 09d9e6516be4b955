import type { VisitorDetails } from '@chatiq/contracts/conversation';

/** What the page tells of the visitor, with the first message and not before. */
export function visitorDetails(language: string): VisitorDetails {
	return {
		language,
		time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
		page_url: location.href,
		page_title: document.title,
		...(document.referrer && { referrer: document.referrer })
	};
}

import type { VisitorDetails } from '@chatiq/contracts/conversation';
import type { GivenAnswers } from '@chatiq/contracts/forms';

interface Given {
	language: string;
	answers: GivenAnswers | null;
	/** The consent notice stands under the composer. */
	consent: boolean;
}

/** What the page and its form tell of the visitor, with the first message and not before. */
export function visitorDetails({ language, answers, consent }: Given): VisitorDetails {
	return {
		language,
		time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
		page_url: location.href,
		page_title: document.title,
		...(document.referrer && { referrer: document.referrer }),
		...(answers && { answers }),
		...(consent && { consent: 'true' })
	};
}

import type { TranscriptMail } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { markup, webLink } from './markup.ts';
import { letter, type Letter } from './layout.ts';
import { textsOf } from './texts.ts';
import { thread } from './thread.ts';

export function transcriptMail(facts: TranscriptMail): Letter {
	const texts = textsOf(facts.language);
	const { transcript } = texts;
	const named = { site: facts.site_name };
	const page = webLink(facts.page_url);
	return letter({
		language: facts.language,
		fromName: facts.site_name,
		subject: filled(transcript.subject, named),
		intro: filled(transcript.intro, named),
		body:
			facts.lines.length > 0
				? thread({ ...facts, texts, team: facts.site_name })
				: { text: transcript.empty, html: markup`<p>${transcript.empty}</p>` },
		button: page ? { label: transcript.button, url: page } : undefined,
		reason: filled(transcript.reason, named)
	});
}

import { defaultWidgetUrl, embedCode, needsOf, policyText } from '@chatiq/contracts/embed';
import type { SnippetLetter } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { letter, type Letter } from './layout.ts';
import { markup, type Markup } from './markup.ts';
import { textsOf } from './texts.ts';

export function snippetMail(facts: SnippetLetter): Letter {
	const { snippet } = textsOf(facts.language);
	const apiUrl = new URL(facts.functions_url ?? '').origin;
	const widgetUrl = facts.widget_url ?? defaultWidgetUrl(apiUrl);
	const named = {
		by: facts.sent_by_name ?? facts.organization_name,
		organization: facts.organization_name,
		site: facts.site_name
	};
	const steps = [
		{ says: snippet.code, code: embedCode(widgetUrl, facts.site_key) },
		{ says: snippet.policy, code: policyText(needsOf(widgetUrl, apiUrl)) },
		{
			says:
				facts.allowed_origins.length > 0
					? filled(snippet.origins, { origins: facts.allowed_origins.join(', ') })
					: snippet.noOrigins
		}
	];
	return letter({
		language: facts.language,
		fromName: facts.organization_name,
		subject: filled(snippet.subject, named),
		intro: filled(snippet.intro, named),
		body: {
			text: steps.map(({ says, code }) => (code ? `${says}\n\n${code}` : says)).join('\n\n'),
			html: markup`${steps.map(({ says, code }) => step(says, code))}`
		},
		reason: filled(snippet.reason, named)
	});
}

const step = (
	says: string,
	code: string | undefined
): Markup => markup`<p style="margin:0 0 8px">${says}</p>
${code === undefined ? '' : markup`<pre style="margin:0 0 20px;padding:12px 14px;border:1px solid #8a8f9c66;border-radius:8px;font:13px/1.5 ui-monospace,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere">${code}</pre>`}
`;

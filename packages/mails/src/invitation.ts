import type { InvitationMail } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { markup } from './markup.ts';
import { letter, type Letter } from './layout.ts';
import { textsOf } from './texts.ts';
import { timeOf } from './thread.ts';

export function invitationMail(facts: InvitationMail): Letter {
	const texts = textsOf(facts.language);
	const { invitation, role } = texts;
	const named = { organization: facts.organization_name, role: role[facts.role] };
	const until = filled(invitation.until, { time: timeOf(facts.expires_at, facts) });
	return letter({
		language: facts.language,
		fromName: facts.organization_name,
		subject: filled(invitation.subject, named),
		intro: facts.invited_by_name
			? filled(invitation.introBy, { by: facts.invited_by_name, ...named })
			: filled(invitation.intro, named),
		body: { text: until, html: markup`<p style="margin:0">${until}</p>` },
		button: facts.console_url
			? {
					label: invitation.button,
					url: `${facts.console_url}/invitation/${encodeURIComponent(facts.token)}`
				}
			: undefined,
		reason: invitation.reason
	});
}

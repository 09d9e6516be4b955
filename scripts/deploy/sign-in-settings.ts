import { readProjectConfig } from '../../tools/stack/src/project-config.ts';
import { loadTemplates } from '../../tools/stack/src/mail/template.ts';

/** What `[auth]` of supabase/config.toml says that a hosted project must do too, in the management API's names. */
export function signInSettings(root: string): Record<string, string | number | boolean> {
	const { auth } = readProjectConfig(root);
	const { totp } = auth.mfa;
	const settings: Record<string, string | number | boolean> = {
		password_min_length: auth.minimum_password_length,
		mailer_autoconfirm: !auth.email.enable_confirmations,
		mfa_totp_enroll_enabled: totp.enroll_enabled,
		mfa_totp_verify_enabled: totp.verify_enabled
	};
	const templates = loadTemplates(root, auth.email.template);
	for (const [kind, { subject, content }] of Object.entries(templates)) {
		if (subject !== undefined) settings[`mailer_subjects_${kind}`] = subject;
		if (content !== undefined) settings[`mailer_templates_${kind}_content`] = content;
	}
	return settings;
}

import * as z from 'zod';

const unitSeconds = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** A Go duration like `1h30m`, in seconds. */
const Duration = z
	.string()
	.regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/, 'must be a duration like "10s" or "1h30m"')
	.transform((text) =>
		[...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce(
			(sum, [, amount, unit]) =>
				sum + Number(amount) * unitSeconds[unit as keyof typeof unitSeconds],
			0
		)
	);

const Count = z.number().int().nonnegative();

const Template = z.object({
	subject: z.string().optional(),
	content: z.string().optional(),
	content_path: z.string().optional()
});

const Provider = z.object({
	enabled: z.boolean().default(false),
	client_id: z.string().default(''),
	secret: z.string().default(''),
	redirect_uri: z.string().default(''),
	/** The issuer, where it is not the provider's own: a company's, or a test's. */
	url: z.string().default(''),
	skip_nonce_check: z.boolean().default(false)
});
export type ProviderConfig = z.infer<typeof Provider>;

const Smtp = z.object({
	enabled: z.boolean().default(true),
	host: z.string(),
	port: z.number().int(),
	user: z.string().default(''),
	pass: z.string().default(''),
	admin_email: z.email(),
	sender_name: z.string().default('')
});
export type SmtpConfig = z.infer<typeof Smtp>;

const EmailConfig = z.object({
	enable_signup: z.boolean().default(true),
	double_confirm_changes: z.boolean().default(true),
	enable_confirmations: z.boolean().default(false),
	secure_password_change: z.boolean().default(false),
	max_frequency: Duration.prefault('1s'),
	otp_length: z.number().int().min(6).max(10).default(6),
	otp_expiry: Count.default(3600),
	smtp: Smtp.optional(),
	template: z.record(z.string(), Template).default({})
});

/** Absent means no limit: as long as nobody sets one, tests may sign up as fast as they can. */
const RateLimits = z.object({
	email_sent: Count.optional(),
	anonymous_users: Count.optional(),
	token_refresh: Count.optional(),
	sign_in_sign_ups: Count.optional(),
	token_verifications: Count.optional()
});

const MfaConfig = z.object({
	max_enrolled_factors: Count.default(10),
	totp: z
		.object({
			enroll_enabled: z.boolean().default(true),
			verify_enabled: z.boolean().default(true)
		})
		.prefault({})
});

/** `[auth]` of supabase/config.toml, with the defaults of a new hosted project. */
export const AuthConfig = z.object({
	site_url: z.string().optional(),
	additional_redirect_urls: z.array(z.string()).default([]),
	jwt_expiry: Count.default(3600),
	enable_refresh_token_rotation: z.boolean().default(true),
	refresh_token_reuse_interval: Count.default(10),
	enable_signup: z.boolean().default(true),
	enable_anonymous_sign_ins: z.boolean().default(false),
	enable_manual_linking: z.boolean().default(false),
	minimum_password_length: Count.default(6),
	password_requirements: z
		.enum([
			'',
			'letters_digits',
			'lower_upper_letters_digits',
			'lower_upper_letters_digits_symbols'
		])
		.default(''),
	email: EmailConfig.prefault({}),
	rate_limit: RateLimits.prefault({}),
	sessions: z
		.object({ timebox: Duration.optional(), inactivity_timeout: Duration.optional() })
		.prefault({}),
	mfa: MfaConfig.prefault({}),
	external: z.record(z.string(), Provider).default({})
});
export type AuthConfig = z.infer<typeof AuthConfig>;
export type AuthConfigInput = z.input<typeof AuthConfig>;

import { m } from '@chatiq/i18n/console';
import type { AuthFailure } from './auth-failure.ts';

const texts: Record<AuthFailure, () => string> = {
	missing: m.auth_failed_missing,
	email: m.auth_failed_email,
	email_taken: m.auth_failed_email_taken,
	credentials: m.login_failed_credentials,
	unconfirmed: m.auth_failed_unconfirmed,
	weak_password: m.auth_failed_weak_password,
	same_password: m.auth_failed_same_password,
	wrong_password: m.auth_failed_wrong_password,
	link_used: m.auth_failed_link_used,
	code: m.auth_failed_code,
	recovery_code: m.auth_failed_recovery_code,
	closed: m.auth_failed_closed,
	too_many: m.login_failed_too_many,
	unreachable: m.login_failed_unreachable
};

export const failureText = (failure: AuthFailure): string => texts[failure]();

/** Where a site's refresh token is kept. A browser that has one is a returning visitor. */
export const refreshTokenKey = (siteKey: string) => `chatiq:${siteKey}`;

/** Whom the kept session was verified for. */
export const subjectKey = (siteKey: string) => `${refreshTokenKey(siteKey)}:subject`;

/** Value of the key below when files wait, with or without texts. */
export const unsentFiles = 'files';

/** Present while texts wait in the outbox, so that the next page knows to bring up the panel for them. */
export const unsentKey = (siteKey: string) => `${refreshTokenKey(siteKey)}:unsent`;

/** What the visitor filled in before the first message, until it is sent; then that it was asked. */
export const formKey = (siteKey: string) => `${refreshTokenKey(siteKey)}:form`;
